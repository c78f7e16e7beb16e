import { wait, type Steps } from '@q/block';
import { parseSnapshotTable, serializeSnapshotTable, type Snapshot } from '@q/format';
import { changeHeader } from '../header-fields.ts';
import type { State } from '../state.ts';
import type { Claims } from './claims.ts';
import type { SnapshotTable } from './table.ts';

/** Takes clusters for a table of these snapshots, and writes it there. Nothing names it yet. @throws ImageError `limit`, `no-space` */
export function* placeTable(
  state: State,
  list: readonly Snapshot[],
  claims: Claims,
): Steps<SnapshotTable> {
  if (list.length === 0) return { list, offset: 0, bytes: 0 };
  const { clusterSize, limits } = state;
  const rules = { clusterSize, limits };
  const bytes = serializeSnapshotTable(list, rules);
  const offset = yield* claims.take(bytes.length);
  yield* wait(state.file.write(bytes, offset));
  // As it will be read.
  return { list: parseSnapshotTable(bytes, list.length, rules), offset, bytes: bytes.length };
}

/** Makes the header name another table, durably: the instant at which a snapshot is there, or is gone. The table, and all that it names, are durable before. */
export function* switchTable(state: State, table: SnapshotTable): Steps<void> {
  yield* changeHeader(state, 'snapshots', {
    ...state.cluster.header,
    snapshotCount: table.list.length,
    snapshotsOffset: table.offset,
  });
  state.snapshots = table;
}
