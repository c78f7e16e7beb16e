// Searching counts of a block, no further than asked: a block is long, and most ranges are short.
import { nextUsedRefcount, nextZeroRefcount } from '@q/format';

/** The first of the counts `from` to `to` that is 0, or `to`. */
export function firstZero(block: Uint8Array, order: number, from: number, to: number): number {
  return Math.min(to, nextZeroRefcount(upTo(block, order, to), order, from));
}

/** The first of the counts `from` to `to` that is not 0, or `to`. */
export function firstUsed(block: Uint8Array, order: number, from: number, to: number): number {
  return Math.min(to, nextUsedRefcount(upTo(block, order, to), order, from));
}

function upTo(block: Uint8Array, order: number, to: number): Uint8Array {
  return block.subarray(0, Math.ceil((to * 2 ** order) / 8));
}
