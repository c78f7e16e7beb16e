import { readPadded, wait, type Steps } from '@q/block';
import { entryHi, entryLo, hostOffsetOf, L2_ZERO, L2_ZERO_ALLOCATED, l2Kind } from '@q/format';
import { commit } from './commit.ts';
import type { L1Table } from './l1-table.ts';
import { checkTables, readSnapshotL1 } from './snapshot/tree.ts';
import { drained } from './snapshot/drained.ts';
import type { State } from './state.ts';
import { takeClusters } from './take-clusters.ts';

/**
 * Replaces all entries with the zero flag, which version 2 does not have, in the active mapping and in those of snapshots: by nothing where nothing lies
 * below, by clusters of zeroes otherwise. New ones, always: a cluster that is kept under a zero flag may be data of a snapshot, and QEMU 7.2 loses that. The caller has the image for itself.
 */
export function* expandZeroes(state: State): Steps<void> {
  const users = new Map<number, number>();
  const count = (l1: L1Table): void => {
    for (const table of l1.tables) {
      if (table !== 0) users.set(table, (users.get(table) ?? 0) + 1);
    }
  };
  checkTables(state, state.l1);
  count(state.l1);
  for (const snapshot of state.snapshots.list) count(yield* readSnapshotL1(state, snapshot));
  for (const [table, sharedBy] of users) yield* expandTable(state, table, sharedBy);
  yield* commit(state);
}

/** Does so in one L2 table, which `users` L1 entries name. */
function* expandTable(state: State, table: number, users: number): Steps<void> {
  const { file, clusterSize, geometry, l2, refcounts } = state;
  const bytes = new Uint8Array(clusterSize);
  const view = new DataView(bytes.buffer);
  yield* wait(readPadded(file, bytes, table));
  const freed: number[] = [];
  let changed = false;
  for (let at = 0; at < clusterSize; at += 8) {
    const hi = view.getUint32(at);
    const lo = view.getUint32(at + 4);
    const kind = l2Kind(hi, lo, geometry.l2Rules);
    if (kind !== L2_ZERO && kind !== L2_ZERO_ALLOCATED) continue;
    changed = true;
    if (kind === L2_ZERO_ALLOCATED) freed.push(hostOffsetOf(hi, lo) / clusterSize);
    const host = state.cluster.backingFile === undefined ? 0 : yield* zeroCluster(state, users);
    view.setUint32(at, host === 0 ? 0 : entryHi(host, users === 1));
    view.setUint32(at + 4, entryLo(host));
  }
  if (!changed) return;
  yield* wait(refcounts.write());
  yield* wait(file.flush());
  yield* wait(file.write(bytes, table));
  yield* wait(file.flush());
  // What was read of the table before is in the cache.
  yield* drained(state, () => state.drops.add(l2.dropRange(table, clusterSize)));
  for (const cluster of freed) for (let i = 0; i < users; i++) state.frees.add(cluster, 1);
}

/** A host cluster of zeroes with that many users. */
function* zeroCluster(state: State, users: number): Steps<number> {
  const { clusterSize, file, refcounts } = state;
  const { first } = yield* takeClusters(state, 1);
  if (users > 1) yield* wait(refcounts.adjust([{ first, count: 1 }], users - 1));
  yield* wait(file.writeZeroes(first * clusterSize, clusterSize));
  return first * clusterSize;
}
