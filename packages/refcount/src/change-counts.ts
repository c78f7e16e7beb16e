import { ImageError, type Steps } from '@q/block';
import { fillRefcounts, getRefcount, nextZeroRefcount, setRefcount } from '@q/format';
import { pinBlock } from './pin-block.ts';
import type { ClusterRange, Refcounts } from './refcounts.ts';

/** Clusters of one range that one block counts. */
interface Piece {
  readonly block: number;
  /** Index of the first count in the block. */
  readonly from: number;
  readonly to: number;
}

/**
 * Adds `delta` to the counts of all clusters in `ranges`. First all of them are checked, then all are changed, block by block in
 * ascending order: so an error changes nothing, and each block is loaded at most twice. Where counts go up, the blocks exist.
 */
export function* changeCounts(
  refcounts: Refcounts,
  ranges: readonly ClusterRange[],
  delta: number,
): Steps<void> {
  const pieces = piecesOf(refcounts, ranges);
  // Overlapping ranges change a count more than once; then the check must look at the sum.
  const sums = new Map<number, number>();
  let last: Piece | undefined;
  const overlapping = pieces.some((piece) => {
    const overlaps = last !== undefined && last.block === piece.block && piece.from < last.to;
    last = piece;
    return overlaps;
  });
  for (let i = 0; i < pieces.length;) {
    const { block } = pieces[i]!;
    const slot = yield* pinBlock(refcounts, block);
    try {
      for (; i < pieces.length && pieces[i]!.block === block; i++) {
        check(refcounts, slot, pieces[i]!, delta, overlapping ? sums : undefined);
      }
    } finally {
      if (slot >= 0) refcounts.cache.unpin(slot);
    }
  }
  for (let i = 0; i < pieces.length;) {
    const { block } = pieces[i]!;
    const slot = yield* pinBlock(refcounts, block);
    refcounts.cache.markDirty(slot);
    for (; i < pieces.length && pieces[i]!.block === block; i++) {
      change(refcounts, refcounts.cache.bytes(slot), pieces[i]!, delta);
    }
    refcounts.cache.unpin(slot);
  }
}

function piecesOf(refcounts: Refcounts, ranges: readonly ClusterRange[]): Piece[] {
  const { refcountsPerBlock } = refcounts.geometry;
  const pieces: Piece[] = [];
  for (const { first, count } of ranges) {
    for (let at = first; at < first + count;) {
      const block = Math.floor(at / refcountsPerBlock);
      const end = Math.min(first + count, (block + 1) * refcountsPerBlock);
      const base = block * refcountsPerBlock;
      pieces.push({ block, from: at - base, to: end - base });
      at = end;
    }
  }
  return pieces.sort((a, b) => a.block - b.block || a.from - b.from);
}

/** Throws unless every count of the piece can take the change. `slot` is -1 where there is no block, so all counts are 0. */
function check(
  refcounts: Refcounts,
  slot: number,
  piece: Piece,
  delta: number,
  sums: Map<number, number> | undefined,
): void {
  const { refcountsPerBlock, refcountOrder, maxRefcount, clusterSize } = refcounts.geometry;
  const bytes = slot < 0 ? undefined : refcounts.cache.bytes(slot);
  for (let i = piece.from; i < piece.to; i++) {
    const cluster = piece.block * refcountsPerBlock + i;
    const before = bytes === undefined ? 0 : getRefcount(bytes, refcountOrder, i);
    const after = (sums?.get(cluster) ?? before) + delta;
    if (after >= 0 && after <= maxRefcount) {
      sums?.set(cluster, after);
      continue;
    }
    const details = { offset: cluster * clusterSize, subject: 'refcount', found: before };
    if (after < 0) {
      throw new ImageError(
        'corrupt',
        `Host cluster ${cluster} is to be given back, and its refcount is ${before} already. The image is damaged: run a check.`,
        details,
      );
    }
    throw new ImageError(
      'limit',
      `Host cluster ${cluster} has as many users as a refcount of ${2 ** refcountOrder} bits can count. Delete a snapshot, or convert the image to wider refcounts.`,
      { ...details, expected: maxRefcount },
    );
  }
}

function change(refcounts: Refcounts, bytes: Uint8Array, piece: Piece, delta: number): void {
  const { refcountsPerBlock, refcountOrder } = refcounts.geometry;
  const base = piece.block * refcountsPerBlock;
  // Free clusters that get their first user, all at once.
  if (delta > 0 && nextZeroRefcount(bytes, refcountOrder, piece.from) === piece.from) {
    let run = piece.from;
    while (run < piece.to && getRefcount(bytes, refcountOrder, run) === 0) run++;
    fillRefcounts(bytes, refcountOrder, piece.from, run - piece.from, delta);
    piece = { ...piece, from: run };
  }
  let freedFrom = -1;
  for (let i = piece.from; i <= piece.to; i++) {
    const after = i < piece.to ? getRefcount(bytes, refcountOrder, i) + delta : -1;
    if (i < piece.to) setRefcount(bytes, refcountOrder, i, after);
    if (after === 0 && freedFrom < 0) freedFrom = i;
    if (after !== 0 && freedFrom >= 0) {
      refcounts.hint = Math.min(refcounts.hint, base + freedFrom);
      refcounts.parts.freed?.(base + freedFrom, i - freedFrom);
      freedFrom = -1;
    }
  }
}
