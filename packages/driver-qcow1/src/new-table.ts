import { wait, type Steps } from '@q/block';
import type { State } from './state.ts';

/**
 * Makes sure that there is an L2 table for guest offset `at`. A new one is zeroes in the cache; it goes to disk before the L1 entry that names it. The caller
 * holds the image lock.
 */
export function* ensureTable(state: State, at: number): Steps<void> {
  if (state.tableOf(at) !== 0) return;
  const { l1, l2, l2Bytes, space } = state;
  const index = state.l1IndexOf(at);
  const host = space.take(l2Bytes, state.clusterSize);
  try {
    const slot = yield* wait(l2.getEmpty(index * l2Bytes));
    l1.tables[index] = host;
    l2.unpin(slot);
  } catch (error) {
    space.giveBack(host, l2Bytes);
    throw error;
  }
  state.areas.add(host, host + l2Bytes);
  state.dirtyL1.add(index);
}
