import { wait, type Steps } from '@q/block';
import type { L1Table } from '../l1-table.ts';
import type { State } from '../state.ts';
import { drained } from './drained.ts';
import { forEachTable, type TableVisitor } from './each-table.ts';

/**
 * {@link forEachTable} for a visitor that changes flags: each table that it changes is written once, and slices of it that were cached are dropped, also when
 * something fails.
 */
export function* rewriteTables(
  state: State,
  l1: L1Table,
  wanted: Uint8Array | undefined,
  visit: TableVisitor,
): Steps<void> {
  const { l2, clusterSize } = state;
  const changed: number[] = [];
  try {
    yield* forEachTable(state, l1, wanted, (view, base, index) => {
      const wasChanged = visit(view, base, index);
      if (wasChanged) changed.push(l1.tables[index]!);
      return wasChanged;
    });
  } finally {
    if (changed.length > 0) {
      yield* drained(state, () => {
        for (const table of changed) state.drops.add(l2.dropRange(table, clusterSize));
      });
      yield* wait(state.drops.done());
    }
  }
}
