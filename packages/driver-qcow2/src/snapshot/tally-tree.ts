import type { Steps } from '@q/block';
import {
  compressedLengthOf,
  compressedOffsetOf,
  decodeL2Entry,
  L2_COMPRESSED,
  L2_DATA,
  L2_ZERO_ALLOCATED,
  hostOffsetOf,
  l2Kind,
  type Geometry,
} from '@q/format';
import type { Tally } from '@q/refcount';
import type { State } from '../state.ts';
import { forEachTable } from './each-table.ts';
import { endOfRun } from './end-of-run.ts';
import type { Tree } from './tree.ts';

/**
 * Counts what a tree names: its L2 tables, the clusters they map, every host cluster that a compressed stream touches.
 *
 * @param copied gets a 1 for each L1 entry whose table has a COPIED flag
 * @throws ImageError `corrupt` for an entry that no image may have
 */
export function* tallyTree(
  state: State,
  tree: Tree,
  tally: Tally,
  copied: Uint8Array,
): Steps<void> {
  const { geometry, clusterSize } = state;
  const { l1, wanted, ranges = [] } = tree;
  yield* forEachTable(state, l1, wanted, (view, base, index) => {
    const table = l1.tables[index]!;
    tally.add(table / clusterSize, 1);
    if (tallyTable(geometry, view, base, table, tally)) copied[index] = 1;
    return false;
  });
  // Last: a tally is fastest while clusters come in ascending order.
  for (const { first, count } of ranges) tally.add(first, count);
}

/** Counts what a table maps. Hot: a run of neighbours costs two words and two comparisons an entry. @returns whether an entry has COPIED */
function tallyTable(
  geometry: Geometry,
  view: DataView,
  base: number,
  table: number,
  tally: Tally,
): boolean {
  const { clusterSize, l2EntrySize, l2Rules } = geometry;
  const end = base + clusterSize;
  let copied = 0;
  for (let at = base; at < end;) {
    const from = at;
    const hi = view.getInt32(at);
    const lo = view.getInt32(at + 4);
    at += l2EntrySize;
    if ((hi | lo) === 0) continue;
    const kind = l2Kind(hi, lo, l2Rules);
    if (kind === L2_DATA || kind === L2_ZERO_ALLOCATED) {
      at = endOfRun(view, hi, lo, at, end, clusterSize, l2EntrySize);
      tally.add(hostOffsetOf(hi, lo) / clusterSize, (at - from) / l2EntrySize);
      copied |= hi;
    } else if (kind === L2_COMPRESSED) {
      tallyStream(geometry, hi >>> 0, lo >>> 0, tally, table + from - base);
    } else decodeL2Entry(hi >>> 0, lo >>> 0, geometry, table + from - base);
  }
  return copied < 0;
}

function tallyStream(geometry: Geometry, hi: number, lo: number, tally: Tally, at: number): void {
  const { clusterBits, clusterSize } = geometry;
  const offset = compressedOffsetOf(hi, lo, clusterBits);
  // Throws what is wrong.
  if (offset === 0) decodeL2Entry(hi, lo, geometry, at);
  const end = offset + compressedLengthOf(hi, lo, clusterBits);
  const first = Math.floor(offset / clusterSize);
  tally.add(first, Math.floor((end - 1) / clusterSize) - first + 1);
}
