// Applying a snapshot: QCOW2 format, section "Snapshots". The order on disk:
//
//   1. one user more for all that the snapshot names; a copy of its L1 table            | flush
//   2. COPIED cleared in the copy's L2 tables, should one be set                        | flush
//   3. the header names the copy as the active L1 table, and the snapshot's disk size    | flush
//   4. one user less for all that the old active table named, and for itself            | flush
//
// The format's own tools write the copy over the active L1 table. That table may have many sectors, and a power cut would leave some entries of either disk; 24 bytes of
// the header come whole or not at all. L2 tables that both trees name keep their users and are not even read: applying costs what has changed since.
import { ImageError, wait, type Steps } from '@q/block';
import { geometryOf, type Header, type Snapshot } from '@q/format';
import { changeHeader } from '../header-fields.ts';
import { L1Table } from '../l1-table.ts';
import type { State } from '../state.ts';
import { Claims } from './claims.ts';
import { clearCopied } from './copied-flags.ts';
import { drained } from './drained.ts';
import { exclusively } from './exclusive.ts';
import { refuseBitmaps, refuseDataFile } from './refuse.ts';
import { findSnapshot } from './table.ts';
import { checkTables, clustersOf, readSnapshotL1 } from './tree.ts';
import { TreeChange } from './tree-change.ts';

/** Makes the disk what it was when the snapshot was taken. The snapshot stays. */
export async function applySnapshot(state: State, wanted: string): Promise<void> {
  refuseDataFile(state);
  refuseBitmaps(state);
  diskSizeOf(state, findSnapshot(state.snapshots.list, wanted));
  await exclusively(state, () => apply(state, wanted));
}

function* apply(state: State, wanted: string): Steps<void> {
  const { file, refcounts, l1: old } = state;
  const snapshot = findSnapshot(state.snapshots.list, wanted);
  const size = diskSizeOf(state, snapshot);
  checkTables(state, old);
  const l1 = yield* readSnapshotL1(state, snapshot);
  const ranges = [clustersOf(state, old.offset, old.entries * 8)];
  const down = new TreeChange(state, { l1: old, wanted: unlike(old, l1), ranges }, -1);
  yield* down.check();
  const claims = new Claims(state);
  const up = new TreeChange(state, { l1, wanted: unlike(l1, old) }, 1);
  let next: L1Table;
  try {
    next = new L1Table(yield* claims.take(l1.entries * 8), l1.entries);
    next.tables.set(l1.tables);
    yield* up.apply();
    claims.done(() => up.undo());
    if (next.entries > 0) yield* wait(file.write(next.serialize(next.entries * 8), next.offset));
    yield* wait(refcounts.write());
    yield* wait(file.flush());
    if (up.copied.includes(1)) {
      yield* clearCopied(state, l1, up.copied);
      yield* wait(file.flush());
    }
    yield* changeHeader(state, 'disk', headerWith(state, next, size));
  } catch (error) {
    yield* claims.abandon();
    throw error;
  }
  up.release();
  yield* drained(state, () => enter(state, next));
  yield* wait(state.drops.done());
  yield* down.apply();
  yield* wait(refcounts.write());
  yield* wait(file.flush());
}

/** Bytes of the disk of a snapshot. Throws for one that this image cannot have. */
function diskSizeOf(state: State, { diskSize, l1Size }: Snapshot): number {
  const { geometry } = state;
  const size = diskSize ?? state.cluster.header.size;
  if (l1Size * geometry.l1Span < size) {
    throw new ImageError('corrupt', 'The L1 table of the snapshot does not cover its disk.', {
      subject: 'L1 table',
      expected: Math.ceil(size / geometry.l1Span),
      found: l1Size,
    });
  }
  if (geometry.version === 2 && Math.floor(size / 512) * 512 !== state.size) {
    throw new ImageError(
      'unsupported',
      'The disk had another size when the snapshot was taken, and in version 2 all snapshots have the size of the image. Raise the version first.',
      { subject: 'size', expected: state.size, found: size },
    );
  }
  return size;
}

/** 1 for each entry of `l1` that names a table which `other` does not name at the same place. */
function unlike(l1: L1Table, other: L1Table): Uint8Array {
  return Uint8Array.from(l1.tables, (table, i) => (table === other.tables[i] ? 0 : 1));
}

function headerWith(state: State, l1: L1Table, size: number): Header {
  return { ...state.cluster.header, size, l1Size: l1.entries, l1TableOffset: l1.offset };
}

/** Takes the new mapping into use in memory. No request is under way. */
function enter(state: State, l1: L1Table): void {
  const { l2, clusterSize, metadata } = state;
  const old = state.l1;
  state.l1 = l1;
  state.geometry = geometryOf(state.cluster.header);
  state.size = state.geometry.virtualSize;
  state.inflated.drop();
  for (const table of l1.tables) if (table !== 0) metadata.add(table, clusterSize);
  for (const [i, table] of old.tables.entries()) {
    if (table !== 0 && table !== l1.tables[i]) state.drops.add(l2.dropRange(table, clusterSize));
  }
}
