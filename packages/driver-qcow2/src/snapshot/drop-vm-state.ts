import { wait, type Steps } from '@q/block';
import { L1Table } from '../l1-table.ts';
import type { State } from '../state.ts';
import { TreeChange } from './tree-change.ts';

/**
 * Lets the active mapping go of the VM state behind the disk: L1 entries first, durably, then their users. The caller has the image for itself; nobody reads
 * there, so nothing of it is cached.
 */
export function* dropVmState(state: State): Steps<void> {
  const { l1, geometry, file } = state;
  const tail = new L1Table(l1.offset, l1.entries);
  tail.tables.set(l1.tables.subarray(geometry.l1Entries), geometry.l1Entries);
  const change = new TreeChange(state, { l1: tail }, -1);
  yield* change.check();
  l1.tables.fill(0, geometry.l1Entries);
  l1.copied.fill(0, geometry.l1Entries);
  yield* wait(file.write(l1.serialize(l1.entries * 8), l1.offset));
  yield* wait(file.flush());
  yield* change.apply();
}
