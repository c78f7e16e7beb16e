import { wait, type Steps } from '@q/block';
import { beforeTableChange } from './header-fields.ts';
import type { State } from './state.ts';

/**
 * Makes sure that the L2 table that maps guest offset `at` exists. A new one is empty. The L1 entry that names it goes to disk with the next flush, after
 * the table. The caller holds the image lock.
 */
export function* ensureTable(state: State, at: number): Steps<void> {
  const { l1, geometry, end, file } = state;
  if (state.tableOf(at) !== 0) return;
  yield* beforeTableChange(state);
  const { host, fresh } = yield* end.take(geometry.tableClusters);
  if (!fresh) {
    try {
      yield* wait(file.writeZeroes(host, geometry.tableBytes));
    } catch (error) {
      end.giveBack(host, geometry.tableBytes);
      throw error;
    }
  }
  const index = Math.floor(at / geometry.l2Span);
  l1.tables[index] = host;
  state.dirtyL1.add(index);
  state.tables.add(host);
}
