import { readPadded, wait, type Steps } from '@q/block';
import { takeClusters, giveBack } from './take-clusters.ts';
import { beforeL2Change } from './commit.ts';
import type { State } from './state.ts';

/**
 * Makes sure that the L2 table that maps guest offset `at` exists and has no other user, so that its entries may change: a missing one is
 * made, one that a snapshot shares is copied.
 *
 * The new table is written at once; the L1 entry that names it goes to disk with the next flush, after it. The old table loses a user after that.
 */
export function* ensurePrivateTable(state: State, at: number): Steps<void> {
  const { l1, l2, clusterSize, file } = state;
  const index = Math.floor(at / state.geometry.l1Span);
  const old = state.tableOf(at);
  if (old !== 0 && l1.copied[index] === 1) return;
  yield* beforeL2Change(state);
  const { first } = yield* takeClusters(state, 1);
  const offset = first * clusterSize;
  const bytes = new Uint8Array(clusterSize);
  try {
    if (old !== 0) {
      yield* wait(readPadded(file, bytes, old));
      l2.overlay(old, bytes);
    }
    yield* wait(file.write(bytes, offset));
  } catch (error) {
    yield* giveBack(state, first, 1);
    throw error;
  }
  l1.tables[index] = offset;
  l1.copied[index] = 1;
  state.dirtyL1.add(index);
  state.metadata.add(offset, clusterSize);
  if (old !== 0) state.frees.add(old / clusterSize, 1);
}
