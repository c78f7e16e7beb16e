import type { Steps } from '@q/block';
import { refcountBlockOffsetOf, refcountTableHasReservedBits } from '@q/format';
import { readPieces } from './read-pieces.ts';
import type { Survey } from './survey.ts';

/** The refcount blocks that the refcount table names. */
export class RefcountBlocks {
  /** Index of each block in the refcount table, ascending. */
  readonly indexes: number[] = [];
  /** The host cluster of each. */
  readonly clusters: number[] = [];
  /** Which of them (0 is the first) hold wrong counts, ascending. */
  readonly wrong: number[] = [];
  /** Clusters are in use that no block counts. */
  missing = false;
}

/** Reads the refcount table, and counts the blocks it names. Entries that name no cluster of the file are findings, and no blocks. */
export function* countRefcountBlocks(survey: Survey): Steps<void> {
  const { findings, clusters, geometry, counts, blocks } = survey;
  const { clusterSize } = geometry;
  const { refcountTableOffset: start, refcountTableClusters } = survey.cluster.header;
  const table = [{ start, end: start + refcountTableClusters * clusterSize, depth: 1 }];
  yield* readPieces(survey, table, (view, at, length) => {
    for (let i = 0; i + 8 <= length; i += 8) {
      const hi = view.getUint32(i);
      const lo = view.getUint32(i + 4);
      if ((hi | lo) === 0) continue;
      if (refcountTableHasReservedBits(lo)) {
        findings.entry('refcount-table-reserved-bits', at + i, hi, lo, 0);
      }
      const offset = refcountBlockOffsetOf(hi, lo);
      if (offset === 0) continue;
      const cluster = offset / clusterSize;
      if (cluster % 1 !== 0) {
        findings.entry('refcount-block-unaligned', at + i, hi, lo, `a multiple of ${clusterSize}`);
      } else if (cluster >= clusters) {
        const expected = `below ${clusters * clusterSize}`;
        findings.entry('refcount-block-out-of-file', at + i, hi, lo, expected);
      } else {
        counts.add(cluster, 1, 0);
        blocks.indexes.push((at + i - start) / 8);
        blocks.clusters.push(cluster);
      }
    }
  });
}

/** Which block (0 is the first of the list) has that index in the refcount table; -1 = none. */
export function blockPlaceOf(blocks: RefcountBlocks, index: number): number {
  let low = 0;
  let high = blocks.indexes.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (blocks.indexes[middle]! < index) low = middle + 1;
    else high = middle;
  }
  return blocks.indexes[low] === index ? low : -1;
}

/** Where the entry of block `index` stands in the file, bytes. */
export function blockEntryOffset(survey: Survey, index: number): number {
  return survey.cluster.header.refcountTableOffset + index * 8;
}
