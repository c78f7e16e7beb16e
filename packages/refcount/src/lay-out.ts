import { wait, type Steps } from '@q/block';
import { fillRefcounts } from '@q/format';
import type { Refcounts } from './refcounts.ts';
import { checkRoom } from './room.ts';

/** Contiguous clusters with blocks of their own: `[blocks][payload]`. */
export interface LaidOut {
  /** Number of the first payload cluster. */
  readonly first: number;
  /** Index of the first of the blocks. */
  readonly index: number;
  /** Host offsets of the blocks. */
  readonly blocks: readonly number[];
}

/** Blocks that count themselves and `payload` clusters behind them. */
export function blocksFor(payload: number, refcountsPerBlock: number): number {
  return Math.max(1, Math.ceil(payload / (refcountsPerBlock - 1)));
}

/**
 * Lays out `payload` contiguous clusters from the span of block `index` on, where nothing is counted yet, together with the blocks that count
 * them. The blocks are written, not flushed, and nothing names them yet.
 */
export function* layOut(refcounts: Refcounts, payload: number, index: number): Steps<LaidOut> {
  const { geometry, file, parts } = refcounts;
  const { clusterSize, refcountsPerBlock, refcountOrder } = geometry;
  const start = index * refcountsPerBlock;
  const count = blocksFor(payload, refcountsPerBlock);
  checkRoom(refcounts, start, count + payload);
  // What the clusters were before they were freed may still be cached.
  yield* wait(parts.freed?.(start, count + payload));
  const bytes = new Uint8Array(count * clusterSize);
  const blocks: number[] = [];
  let left = count + payload;
  for (let i = 0; i < count; i++) {
    const block = bytes.subarray(i * clusterSize, (i + 1) * clusterSize);
    fillRefcounts(block, refcountOrder, 0, Math.min(left, refcountsPerBlock), 1);
    left -= Math.min(left, refcountsPerBlock);
    blocks.push((start + i) * clusterSize);
  }
  yield* wait(file.write(bytes, start * clusterSize));
  return { first: start + count, index, blocks };
}
