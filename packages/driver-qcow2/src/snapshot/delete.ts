// Deleting a snapshot: QCOW2 format, section "Snapshots". The order on disk:
//
//   1. the new snapshot table                                                            | flush
//   2. the header names it                                                               | flush
//   3. one user less for all that the snapshot named, for its L1 table and the old table
//   4. COPIED set in the active tables where one user is left                              | flush
//
// From 2 on the snapshot is gone; a power cut, or an error, after it leaks. The counts are checked before 1, so damage is found while nothing has changed.
import { wait, type Steps } from '@q/block';
import type { State } from '../state.ts';
import { Claims } from './claims.ts';
import { restoreCopied } from './copied-flags.ts';
import { exclusively } from './exclusive.ts';
import { placeTable, switchTable } from './place-table.ts';
import { refuseDataFile } from './refuse.ts';
import { findSnapshot } from './table.ts';
import { checkTables, clustersOf, readSnapshotL1 } from './tree.ts';
import { TreeChange } from './tree-change.ts';

/** Deletes a snapshot, by id or, when no id matches, by name. */
export async function deleteSnapshot(state: State, wanted: string): Promise<void> {
  refuseDataFile(state);
  findSnapshot(state.snapshots.list, wanted);
  await exclusively(state, () => remove(state, wanted));
}

function* remove(state: State, wanted: string): Steps<void> {
  const { file, refcounts, snapshots: old } = state;
  const snapshot = findSnapshot(old.list, wanted);
  checkTables(state, state.l1);
  const l1 = yield* readSnapshotL1(state, snapshot);
  const ranges = [
    clustersOf(state, snapshot.l1TableOffset, snapshot.l1Size * 8),
    clustersOf(state, old.offset, old.bytes),
  ];
  const change = new TreeChange(state, { l1, ranges }, -1);
  yield* change.check();
  const claims = new Claims(state);
  try {
    const rest = old.list.filter((other) => other !== snapshot);
    const table = yield* placeTable(state, rest, claims);
    yield* wait(refcounts.write());
    yield* wait(file.flush());
    yield* switchTable(state, table);
  } catch (error) {
    yield* claims.abandon();
    throw error;
  }
  yield* change.apply();
  change.release();
  yield* restoreCopied(state);
  yield* wait(refcounts.write());
  yield* wait(file.flush());
}
