// Changing counts here and there in a block: the loops that sorted lists end in. 16 bits, the usual width, have loops of their own.
import { getRefcount, setRefcount } from '@q/format';
import type { SortedClusters } from './sorted-changes.ts';

/**
 * The first of the elements `from` to `to` that is not in the block whose first cluster is `base`, is less than the one before, or whose
 * count cannot take `delta` for itself and for its equals before; or -1.
 */
export function firstBadElement(
  block: Uint8Array | undefined,
  order: number,
  clusters: SortedClusters,
  from: number,
  to: number,
  base: number,
  perBlock: number,
  delta: number,
  max: number,
): number {
  if (block !== undefined && order === 4) {
    return firstBad16(block, clusters, from, to, base, perBlock, delta);
  }
  let last = -1;
  let sum = 0;
  for (let i = from; i < to; i++) {
    const at = clusters[i]! - base;
    if ((at | 0) !== at || at < last || at >= perBlock) return i;
    sum = at === last ? sum + delta : delta;
    last = at;
    const count = (block === undefined ? 0 : getRefcount(block, order, at)) + sum;
    if (!(count >= 0 && count <= max)) return i;
  }
  return -1;
}

function firstBad16(
  block: Uint8Array,
  clusters: SortedClusters,
  from: number,
  to: number,
  base: number,
  perBlock: number,
  delta: number,
): number {
  let last = -1;
  let sum = 0;
  for (let i = from; i < to; i++) {
    const at = clusters[i]! - base;
    if ((at | 0) !== at || at < last || at >= perBlock) return i;
    sum = at === last ? sum + delta : delta;
    last = at;
    const count = ((block[at * 2]! << 8) | block[at * 2 + 1]!) + sum;
    if (count < 0 || count > 0xffff) return i;
  }
  return -1;
}

/** Adds `delta` to the count of each of the elements `from` to `to`, all of which can take it. @returns whether a count became 0 */
export function changeElements(
  block: Uint8Array,
  order: number,
  clusters: SortedClusters,
  from: number,
  to: number,
  base: number,
  delta: number,
): boolean {
  let zeroes = 0;
  if (order === 4) {
    for (let i = from; i < to; i++) {
      const at = (clusters[i]! - base) * 2;
      const count = ((block[at]! << 8) | block[at + 1]!) + delta;
      block[at] = count >>> 8;
      block[at + 1] = count;
      if (count === 0) zeroes++;
    }
    return zeroes > 0;
  }
  for (let i = from; i < to; i++) {
    const at = clusters[i]! - base;
    const count = getRefcount(block, order, at) + delta;
    setRefcount(block, order, at, count);
    if (count === 0) zeroes++;
  }
  return zeroes > 0;
}
