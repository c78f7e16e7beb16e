import { ImageError, wait, type Steps } from '@q/block';
import { entryHi, entryLo, fillRefcounts } from '@q/format';
import { fillBlock } from './mend-counts.ts';
import type { Survey } from './survey.ts';

/** Refcount blocks that are written at once, bytes. */
const CHUNK = 2 ** 20;

/** Whether blocks or table are damaged, so that counts cannot be mended where they are. */
export function mustRebuild(survey: Survey): boolean {
  const { findings, blocks, checkErrors } = survey;
  return (
    blocks.missing ||
    checkErrors > 0 ||
    tableIsCrowded(survey) ||
    findings.count(
      'refcount-table-missing',
      'refcount-table-out-of-file',
      'refcount-table-reserved-bits',
      'refcount-block-unaligned',
      'refcount-block-out-of-file',
      'refcount-block-shared',
    ) > 0
  );
}

/** Whether something else names a cluster of the refcount table. */
function tableIsCrowded(survey: Survey): boolean {
  const { first, end } = tableClusters(survey);
  for (let at = first; at < end; at++) if (survey.counts.at(at) > 1) return true;
  return false;
}

function tableClusters(survey: Survey): { readonly first: number; readonly end: number } {
  const { refcountTableOffset, refcountTableClusters } = survey.cluster.header;
  const first = refcountTableOffset / survey.geometry.clusterSize;
  return { first, end: Math.min(survey.clusters, first + refcountTableClusters) };
}

/**
 * Writes all refcounts anew, behind everything else: `[blocks][table]`, flush, then the 12 bytes of the header that name the table,
 * flush. A power cut before the header leaves the old ones; the file is longer, and what it has there is free. The old table and its blocks are free
 * afterwards.
 *
 * @throws ImageError `limit` when the table would be larger than one may be
 */
export function* rebuildCounts(survey: Survey): Steps<boolean> {
  const { counts, clusters, geometry, blocks, file } = survey;
  const { clusterSize, refcountsPerBlock, refcountOrder } = geometry;
  const old = tableClusters(survey);
  for (let at = old.first; at < old.end; at++) counts.add(at, -1, 0);
  for (const block of blocks.clusters) counts.add(block, -1, 0);
  const start = counts.at(clusters) > 0 ? clusters + 1 : clusters;
  const spans = usedSpans(survey);
  const { indexes, tableSize } = layOut(survey, spans, start);
  const end = start + indexes.length + tableSize;
  const perChunk = Math.max(1, Math.floor(CHUNK / clusterSize));
  const chunk = new Uint8Array(Math.min(perChunk, indexes.length) * clusterSize);
  for (let from = 0; from < indexes.length; from += perChunk) {
    const to = Math.min(from + perChunk, indexes.length);
    for (let i = from; i < to; i++) {
      const block = chunk.subarray((i - from) * clusterSize, (i - from + 1) * clusterSize);
      const first = indexes[i]! * refcountsPerBlock;
      fillBlock(survey, block, indexes[i]!);
      // The new blocks and the new table themselves.
      const own = Math.max(first, start);
      const ownEnd = Math.min(first + refcountsPerBlock, end);
      fillRefcounts(block, refcountOrder, own - first, ownEnd - own, 1);
    }
    const bytes = chunk.subarray(0, (to - from) * clusterSize);
    yield* wait(file.write(bytes, (start + from) * clusterSize));
  }
  const table = new Uint8Array(tableSize * clusterSize);
  const view = new DataView(table.buffer);
  for (const [i, index] of indexes.entries()) {
    const offset = (start + i) * clusterSize;
    view.setUint32(index * 8, entryHi(offset, false));
    view.setUint32(index * 8 + 4, entryLo(offset));
  }
  const tableOffset = (start + indexes.length) * clusterSize;
  yield* wait(file.write(table, tableOffset));
  yield* wait(file.flush());
  const fields = new Uint8Array(12);
  const header = new DataView(fields.buffer);
  header.setBigUint64(0, BigInt(tableOffset));
  header.setUint32(8, tableSize);
  yield* wait(file.write(fields, 48));
  yield* wait(file.flush());
  return true;
}

/** Indexes of the blocks that are needed for what is in the file, ascending. */
function usedSpans(survey: Survey): number[] {
  const { counts, clusters, geometry } = survey;
  const { refcountsPerBlock } = geometry;
  const spans: number[] = [];
  for (let at = counts.nextUsed(0); at <= clusters; at = counts.nextUsed(at)) {
    const index = Math.floor(at / refcountsPerBlock);
    const behind = (index + 1) * refcountsPerBlock;
    // Flags alone need no block.
    let any = false;
    for (let i = at; i < behind && i <= clusters && !any; i++) any = counts.at(i) > 0;
    if (any) spans.push(index);
    at = behind;
  }
  return spans;
}

/** Adds the blocks that count the new blocks and the new table, and says how many clusters the table has. */
function layOut(
  survey: Survey,
  spans: readonly number[],
  start: number,
): { readonly indexes: number[]; readonly tableSize: number } {
  const { geometry, limits } = survey;
  const { refcountsPerBlock, clusterSize } = geometry;
  const indexes = [...spans];
  let tableSize = 1;
  for (;;) {
    const last = Math.floor((start + indexes.length + tableSize - 1) / refcountsPerBlock);
    const from = Math.max(indexes.at(-1) ?? -1, Math.floor(start / refcountsPerBlock) - 1) + 1;
    const needed = Math.ceil(((last + 1) * 8) / clusterSize);
    if (from > last && needed <= tableSize) break;
    for (let index = from; index <= last; index++) indexes.push(index);
    tableSize = Math.max(tableSize, needed);
  }
  if (tableSize * clusterSize > limits.refcountTableBytes) {
    throw new ImageError(
      'limit',
      'A refcount table for this file would be too large. Copy the image into a new one with larger clusters.',
      { expected: limits.refcountTableBytes, found: tableSize * clusterSize },
    );
  }
  return { indexes, tableSize };
}
