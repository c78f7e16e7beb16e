import { type Steps } from '@q/block';
import type { State } from '../state.ts';
import { giveBack } from '../take-clusters.ts';
import type { SnapshotTable } from './table.ts';
import { clustersOf } from './tree.ts';

/** Gives back a snapshot table that nothing names any more. Not flushed: until then it is a leak. */
export function* freeTable(state: State, { offset, bytes }: SnapshotTable): Steps<void> {
  if (bytes === 0) return;
  const { first, count } = clustersOf(state, offset, bytes);
  yield* giveBack(state, first, count);
}
