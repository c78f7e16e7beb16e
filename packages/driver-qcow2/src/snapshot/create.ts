// Taking a snapshot: QCOW2 format, section "Snapshots". The order on disk:
//
//   1. one user more for all that the active tables name; a copy of the L1 table; the new snapshot table    | flush
//   2. COPIED cleared in the active L2 tables, then in the L1 table                                        | flush
//   3. the header names the new snapshot table                                                             | flush
//   4. the old snapshot table is given back
//
// A power cut before 3 leaks, and leaves flags that say less than the counts. So does an error, unless everything before 3 can be undone, which is tried.
import { wait, type Steps } from '@q/block';
import type { Snapshot } from '@q/format';
import { L1Table } from '../l1-table.ts';
import type { State } from '../state.ts';
import { Claims } from './claims.ts';
import { clearCopied, restoreCopied } from './copied-flags.ts';
import { freeTable } from './free-table.ts';
import { describeSnapshot, type CreateSnapshotOptions } from './create-options.ts';
import { dropVmState } from './drop-vm-state.ts';
import { exclusively } from './exclusive.ts';
import { placeTable, switchTable } from './place-table.ts';
import { refuseDataFile } from './refuse.ts';
import { checkTables } from './tree.ts';
import { TreeChange } from './tree-change.ts';

/** Takes a snapshot of the disk as it is. @returns the snapshot */
export async function createSnapshot(
  state: State,
  options: CreateSnapshotOptions,
): Promise<Snapshot> {
  refuseDataFile(state);
  describeSnapshot(state, options);
  return await exclusively(state, () => create(state, options));
}

function* create(state: State, options: CreateSnapshotOptions): Steps<Snapshot> {
  const description = describeSnapshot(state, options);
  const { l1, file, refcounts } = state;
  const old = state.snapshots;
  checkTables(state, l1);
  const claims = new Claims(state);
  const change = new TreeChange(state, { l1 }, 1);
  try {
    const copy = new L1Table(yield* claims.take(l1.entries * 8), l1.entries);
    copy.tables.set(l1.tables);
    const snapshot = { ...description, l1TableOffset: copy.offset, l1Size: copy.entries };
    yield* change.apply();
    claims.done(() => restoreCopied(state));
    claims.done(() => change.undo());
    const table = yield* placeTable(state, [...old.list, snapshot], claims);
    if (copy.entries > 0) yield* wait(file.write(copy.serialize(copy.entries * 8), copy.offset));
    yield* wait(refcounts.write());
    yield* wait(file.flush());
    yield* shareActive(state, change.copied);
    yield* switchTable(state, table);
  } catch (error) {
    yield* claims.abandon();
    throw error;
  }
  change.release();
  yield* freeTable(state, old);
  const snapshot = state.snapshots.list.at(-1)!;
  if (snapshot.vmStateSize > 0) yield* dropVmState(state);
  return snapshot;
}

/** Clears COPIED in the active tables: everything has another user now. `copied` says in which L2 tables there is one. */
function* shareActive(state: State, copied: Uint8Array): Steps<void> {
  const { l1, file } = state;
  yield* clearCopied(state, l1, copied);
  if (!l1.copied.includes(1)) return;
  yield* wait(file.flush());
  l1.copied.fill(0);
  yield* wait(file.write(l1.serialize(l1.entries * 8), l1.offset));
  yield* wait(file.flush());
}
