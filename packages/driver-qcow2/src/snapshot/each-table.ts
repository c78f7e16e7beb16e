import { readPadded, wait, type Steps } from '@q/block';
import type { L1Table } from '../l1-table.ts';
import type { State } from '../state.ts';

/** Bytes of neighbouring tables that are read at once. */
const BATCH_BYTES = 2 ** 20;

/** Looks at the L2 table that L1 entry `index` names: it stands in `view` from byte `base` on. @returns whether it was changed, and is to be written */
export type TableVisitor = (view: DataView, base: number, index: number) => boolean;

/**
 * Shows every L2 table of an L1 table, whole, in the order of the L1 table; those that the visitor has changed are written back. Neighbours in the file are read,
 * and written, at once. Goes past the cache of slices, which holds nothing newer: the caller has made everything durable, and drops what is changed.
 *
 * @param wanted 1 for each L1 entry whose table is to be shown; without it all are
 */
export function* forEachTable(
  state: State,
  l1: L1Table,
  wanted: Uint8Array | undefined,
  visit: TableVisitor,
): Steps<void> {
  const { file, clusterSize } = state;
  const { tables } = l1;
  const most = Math.max(1, Math.floor(BATCH_BYTES / clusterSize));
  const isWanted = (i: number): boolean => tables[i] !== 0 && (wanted?.[i] ?? 1) === 1;
  let bytes: Uint8Array | undefined;
  for (let i = 0; i < tables.length;) {
    if (!isWanted(i)) {
      i++;
      continue;
    }
    const start = tables[i]!;
    let count = 1;
    while (
      count < most &&
      tables[i + count] === start + count * clusterSize &&
      isWanted(i + count)
    ) {
      count++;
    }
    bytes ??= new Uint8Array(most * clusterSize);
    const batch = bytes.subarray(0, count * clusterSize);
    yield* wait(readPadded(file, batch, start));
    const view = new DataView(bytes.buffer);
    let from = -1;
    let to = 0;
    for (let n = 0; n < count; n++) {
      if (!visit(view, n * clusterSize, i + n)) continue;
      if (from < 0) from = n * clusterSize;
      to = (n + 1) * clusterSize;
    }
    if (from >= 0) yield* wait(file.write(batch.subarray(from, to), start + from));
    i += count;
  }
}
