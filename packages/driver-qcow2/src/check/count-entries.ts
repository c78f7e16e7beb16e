import {
  compressedLimit,
  compressedOffsetOf,
  compressedSectorsOf,
  COMPRESSED_SECTOR,
  hostOffsetOf,
  isCopied,
  L2_COMPRESSED_HI,
  L2_RESERVED_HI,
  L2_RESERVED_LO,
  L2_ZERO_LO,
} from '@q/format';
import { COPIED, UNCOPIED } from './counts.ts';
import type { Survey } from './survey.ts';

/** An L2 table whose entries are counted. */
export interface CountedTable {
  /** Where it is in the file, bytes. */
  offset: number;
  /** L1 entries that name it. */
  multiplicity: number;
  /** One of them is in the active L1 table, so its flags are to be believed. */
  active: boolean;
  /** The guest offset of its first cluster; NaN where it is not asked for. */
  guest: number;
}

/** High bits of an entry for a data cluster below 2^53 that must be clear: compressed, reserved, too far. */
const NOT_PLAIN_HI = 0x7fe00000;

/**
 * Counts what the entries of an L2 table name; `base` is where it starts in `view`. Hot: millions of entries, nearly all of them plain
 * data clusters that lie
 * behind each other, which take the short way.
 */
export function countEntries(
  survey: Survey,
  view: DataView,
  base: number,
  table: CountedTable,
): void {
  const { counts, clusters, geometry } = survey;
  const { clusterSize, clusterBits, extendedL2, hasDataFile, l2EntrySize } = geometry;
  const { multiplicity, active } = table;
  const notPlainLo = clusterSize - 1;
  const perHi = 0x1_0000_0000 / clusterSize;
  const plain = !extendedL2 && !hasDataFile;
  const end = base + clusterSize;
  const before = survey.findings.corruptions;
  let allocated = 0;
  let fragmented = 0;
  // The cluster behind the last data cluster.
  let next = 0;
  for (let at = base; at < end;) {
    // Signed, so that an entry with COPIED is a small integer too.
    const hi = view.getInt32(at);
    const lo = view.getInt32(at + 4);
    if (plain && ((hi & NOT_PLAIN_HI) | (lo & notPlainLo)) === 0) {
      const cluster = (hi & 0x1fffff) * perHi + (lo >>> clusterBits);
      if (cluster === 0) {
        at += 8;
        continue;
      }
      if (cluster < clusters) {
        const most = Math.min(clusters - cluster, (end - at) / 8);
        const length = runLength(view, at, at + most * 8, hi, lo, clusterSize);
        at += length * 8;
        const flags = active ? (hi < 0 ? COPIED : UNCOPIED) : 0;
        if (length < 8) {
          for (let i = 0; i < length; i++) counts.add(cluster + i, multiplicity, flags);
        } else counts.addRange(cluster, cluster + length, multiplicity, flags);
        allocated += length;
        if (next !== 0 && next !== cluster) fragmented++;
        next = cluster + length;
        continue;
      }
    }
    const cluster = countOther(survey, table, hi >>> 0, lo >>> 0, view, at, at - base);
    at += l2EntrySize;
    if (cluster < 0) continue;
    allocated++;
    if (next !== 0 && next !== cluster) fragmented++;
    next = cluster + 1;
  }
  if (survey.findings.corruptions > before) survey.damagedTables.push(table.offset / clusterSize);
  if (!active) return;
  survey.allocated += allocated;
  survey.fragmented += fragmented;
}

/** How many entries from `at` on, not past `end`, name clusters behind each other; the first one is `hi`, `lo`. Hot. */
function runLength(
  view: DataView,
  at: number,
  end: number,
  hi: number,
  lo: number,
  clusterSize: number,
): number {
  let i = at + 8;
  let next = (lo + clusterSize) | 0;
  // Where the low half overflows to 0 the high half changes: another run.
  while (i < end && next !== 0 && view.getInt32(i + 4) === next && view.getInt32(i) === hi) {
    i += 8;
    next = (next + clusterSize) | 0;
  }
  return (i - at) / 8;
}

/** Counts any entry. @returns the cluster of data (or of zeros with a place) that it names; -1 for none, and for compressed ones */
function countOther(
  survey: Survey,
  table: CountedTable,
  hi: number,
  lo: number,
  view: DataView,
  at: number,
  inTable: number,
): number {
  const { geometry, findings, clusters, counts } = survey;
  const { clusterSize, extendedL2, hasDataFile, version } = geometry;
  const where = table.offset + inTable;
  if ((hi & L2_COMPRESSED_HI) !== 0) {
    if (extendedL2 && (view.getUint32(at + 8) | view.getUint32(at + 12)) !== 0) {
      contradiction(survey, where, view, at, 'no subclusters');
    }
    countCompressed(survey, table, hi, lo, where);
    return -1;
  }
  if ((hi & L2_RESERVED_HI) !== 0 || (lo & L2_RESERVED_LO) !== 0) {
    findings.entry('l2-entry-reserved-bits', where, hi, lo, 0);
  } else if ((lo & L2_ZERO_LO) !== 0 && (version === 2 || extendedL2)) {
    findings.entry('l2-entry-reserved-bits', where, hi, lo, 'no zero flag');
  }
  const offset = hostOffsetOf(hi, lo);
  const placed = offset !== 0 || (hasDataFile && isCopied(hi));
  if (extendedL2) {
    const zero = view.getUint32(at + 8);
    const allocated = view.getUint32(at + 12);
    const wrong = placed ? zero & allocated : allocated;
    if (wrong !== 0) contradiction(survey, where, view, at, placed ? 'either' : 'none allocated');
  }
  if (!placed) return -1;
  const cluster = offset / clusterSize;
  if (cluster % 1 !== 0) {
    findings.entry('l2-entry-unaligned', where, hi, lo, `a multiple of ${clusterSize}`);
    return -1;
  }
  if (hasDataFile) {
    const guest = table.guest + (inTable / geometry.l2EntrySize) * clusterSize;
    if (offset !== guest && !Number.isNaN(guest)) {
      findings.entry('l2-data-file-offset', where, hi, lo, guest);
    }
    return cluster;
  }
  if (cluster >= clusters) {
    findings.entry('l2-entry-out-of-file', where, hi, lo, `below ${clusters * clusterSize}`);
    return -1;
  }
  counts.add(cluster, table.multiplicity, table.active ? (isCopied(hi) ? COPIED : UNCOPIED) : 0);
  return cluster;
}

function contradiction(
  survey: Survey,
  where: number,
  view: DataView,
  at: number,
  expected: string,
): void {
  const zero = view.getUint32(at + 8);
  const allocated = view.getUint32(at + 12);
  survey.findings.entry('l2-subclusters-contradict', where + 8, zero, allocated, expected);
}

function countCompressed(
  survey: Survey,
  table: CountedTable,
  hi: number,
  lo: number,
  where: number,
): void {
  const { geometry, findings, counts, clusters } = survey;
  const { clusterBits, clusterSize, hasDataFile } = geometry;
  if (table.active) {
    survey.allocated++;
    survey.compressed++;
    // Compressed clusters are scattered by their nature.
    survey.fragmented++;
  }
  if (hasDataFile) {
    findings.entry('l2-compressed-with-data-file', where, hi, lo, 'no compressed cluster');
    return;
  }
  if (isCopied(hi)) findings.entry('l2-compressed-copied', where, hi, lo, 'no COPIED');
  const offset = compressedOffsetOf(hi, lo, clusterBits);
  const sector = Math.floor(offset / COMPRESSED_SECTOR);
  const end = (sector + compressedSectorsOf(hi, clusterBits) + 1) * COMPRESSED_SECTOR;
  if (
    offset === 0 ||
    offset >= compressedLimit(clusterBits) ||
    offset >= clusters * clusterSize ||
    survey.isOutside(end)
  ) {
    const expected = `1..${clusters * clusterSize}`;
    findings.entry('l2-compressed-out-of-file', where, hi, lo, expected);
    return;
  }
  for (let at = Math.floor(offset / clusterSize); at * clusterSize < end; at++) {
    counts.add(at, table.multiplicity, 0);
  }
}
