import { ImageError, wait, type Steps } from '@q/block';
import { commit } from './commit.ts';
import { setDirty } from './header-flags.ts';
import { changeHeader, settleHeader } from './header-fields.ts';
import { L1Table } from './l1-table.ts';
import type { State } from './state.ts';
import { giveBack, takeContiguous } from './take-clusters.ts';

/** Throws `limit` for a disk that needs a larger L1 table than readers accept. */
export function checkL1Size(state: State, size: number): void {
  const { l1Span, clusterSize } = state.geometry;
  const most = Math.floor(state.limits.l1Bytes / 8) * l1Span;
  if (size <= most) return;
  throw new ImageError(
    'limit',
    `A disk of ${size} bytes is too large for clusters of ${clusterSize} bytes: convert the image to larger clusters.`,
    { subject: 'size', expected: most, found: size },
  );
}

/**
 * Moves the active L1 table to a place with room for `entries` entries. The caller holds the image lock, with nothing in flight.
 *
 * Order: counts and the new table, flush, header, flush; then the old table loses its user. A crash before the header leaks the new one.
 */
export function* growL1(state: State, entries: number): Steps<void> {
  const { clusterSize, file, refcounts } = state;
  if (entries <= state.l1.entries) return;
  // What is written now is the table as it is on disk, so the two never differ in what they name.
  yield* commit(state);
  const old = state.l1;
  const count = Math.ceil((entries * 8) / clusterSize);
  if (state.lazyRefcounts) yield* setDirty(state, true);
  const first = yield* takeContiguous(state, count);
  const table = new L1Table(first * clusterSize, entries);
  table.tables.set(old.tables);
  table.copied.set(old.copied);
  try {
    yield* wait(file.write(table.serialize(count * clusterSize), table.offset));
    if (!state.lazyRefcounts) yield* wait(refcounts.write());
    yield* wait(file.flush());
    yield* changeHeader(state, 'l1', {
      ...state.cluster.header,
      l1Size: entries,
      l1TableOffset: table.offset,
    });
  } catch (error) {
    try {
      // Given back only when it is sure that the header does not name it.
      yield* settleHeader(state);
      yield* giveBack(state, first, count);
    } catch {
      // Leaked; the first error is the one to report.
    }
    throw error;
  }
  state.l1 = table;
  state.metadata.add(table.offset, count * clusterSize);
  const oldCount = Math.ceil((old.entries * 8) / clusterSize);
  if (oldCount > 0) state.frees.add(old.offset / clusterSize, oldCount);
}
