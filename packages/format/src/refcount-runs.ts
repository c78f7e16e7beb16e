/**
 * Whole runs of refcounts in a block: fill, search, count. Searching goes through native typed-array search and 32-bit words,
 * not through single counts. (Zero is zero in any byte order, so native views serve big-endian counts.)
 * @module
 */
import { getRefcount, refcountsIn, setRefcount } from './refcount-block.ts';

/** Counts looked at one by one before a native search starts, which costs a view: runs are mostly short or very long. */
const NEAR = 16;

/** Sets `length` counts from `from` on to one value. A count that does not fit is a `RangeError`. */
export function fillRefcounts(
  block: Uint8Array,
  order: number,
  from: number,
  length: number,
  count: number,
): void {
  if (length <= 0) return;
  if (order >= 3) {
    const width = 1 << (order - 3);
    const start = from * width;
    const total = length * width;
    setRefcount(block, order, from, count);
    for (let done = width; done < total; done *= 2) {
      block.copyWithin(start + done, start, start + Math.min(done, total - done));
    }
    return;
  }
  const perByte = 8 >>> order;
  const end = from + length;
  const firstWhole = Math.min(end, Math.ceil(from / perByte) * perByte);
  const lastWhole = Math.max(firstWhole, Math.floor(end / perByte) * perByte);
  for (let i = from; i < firstWhole; i++) setRefcount(block, order, i, count);
  for (let i = lastWhole; i < end; i++) setRefcount(block, order, i, count);
  if (lastWhole > firstWhole) {
    for (let i = 0; i < perByte; i++) setRefcount(block, order, firstWhole + i, count);
    const byte = firstWhole / perByte;
    block.fill(block[byte]!, byte, lastWhole / perByte);
  }
}

/** Index of the first count at or after `from` that is 0; the number of counts in the block when there is none. */
export function nextZeroRefcount(block: Uint8Array, order: number, from: number): number {
  const end = refcountsIn(block.length, order);
  const near = Math.min(end, from + NEAR);
  for (let i = from; i < near; i++) if (getRefcount(block, order, i) === 0) return i;
  if (near >= end) return end;
  if (order >= 3 && block.byteOffset % (1 << (order - 3)) === 0) {
    const found = indexOfZero(block, order, near);
    return found < 0 ? end : found;
  }
  if (order < 3) return nextZeroPacked(block, order, near, end);
  let i = near;
  while (i < end && getRefcount(block, order, i) !== 0) i++;
  return i;
}

function indexOfZero(block: Uint8Array, order: number, from: number): number {
  const { buffer, byteOffset, length } = block;
  if (order === 3) return block.indexOf(0, from);
  if (order === 4) return new Uint16Array(buffer, byteOffset, length / 2).indexOf(0, from);
  if (order === 5) return new Uint32Array(buffer, byteOffset, length / 4).indexOf(0, from);
  return new BigUint64Array(buffer, byteOffset, length / 8).indexOf(0n, from);
}

function nextZeroPacked(block: Uint8Array, order: number, from: number, end: number): number {
  let i = from;
  while (i < end && ((i << order) & 7) !== 0) {
    if (getRefcount(block, order, i) === 0) return i;
    i++;
  }
  i = (nextByteWithZero(block, order, (i << order) >>> 3) * 8) >>> order;
  while (i < end && getRefcount(block, order, i) !== 0) i++;
  return i;
}

/** One bit for each packed count of 32 bits, at its lowest bit. */
const LOWEST_BITS = [-1, 0x55555555, 0x11111111] as const;

function nextByteWithZero(block: Uint8Array, order: number, from: number): number {
  const lowest = LOWEST_BITS[order]!;
  const { length } = block;
  let at = from;
  while (at < length && ((block.byteOffset + at) & 3) !== 0) {
    if (hasZero(block[at]! * 0x01010101, order, lowest)) return at;
    at++;
  }
  if (at >= length) return length;
  const words = new Uint32Array(block.buffer, block.byteOffset + at, (length - at) >>> 2);
  let word = 0;
  while (word < words.length && !hasZero(words[word]!, order, lowest)) word++;
  at += word * 4;
  while (at < length && !hasZero(block[at]! * 0x01010101, order, lowest)) at++;
  return at;
}

/** Whether one of the packed counts in a word is 0. */
function hasZero(word: number, order: number, lowest: number): boolean {
  let any = word | 0;
  if (order >= 1) any |= any >>> 1;
  if (order === 2) any |= any >>> 2;
  return (any & lowest) !== lowest;
}

/** Index of the first count at or after `from` that is not 0; the number of counts in the block when there is none. */
export function nextUsedRefcount(block: Uint8Array, order: number, from: number): number {
  const end = refcountsIn(block.length, order);
  const near = Math.min(end, from + NEAR);
  let i = from;
  while (i < near || (i < end && ((i << order) & 7) !== 0)) {
    if (getRefcount(block, order, i) !== 0) return i;
    i++;
  }
  if (i >= end) return end;
  i = (nextUsedByte(block, (i << order) >>> 3) * 8) >>> order;
  while (i < end && getRefcount(block, order, i) === 0) i++;
  return i;
}

function nextUsedByte(block: Uint8Array, from: number): number {
  let at = from;
  const { length } = block;
  while (at < length && ((block.byteOffset + at) & 3) !== 0) {
    if (block[at] !== 0) return at;
    at++;
  }
  if (at >= length) return length;
  const words = new Uint32Array(block.buffer, block.byteOffset + at, (length - at) >>> 2);
  let word = 0;
  while (word < words.length && words[word] === 0) word++;
  at += word * 4;
  while (at < length && block[at] === 0) at++;
  return at;
}

/** Index of the first run of `length` zero counts that starts at or after `from`, or -1. The run lies within the block. */
export function findZeroRefcounts(
  block: Uint8Array,
  order: number,
  from: number,
  length: number,
): number {
  const end = refcountsIn(block.length, order);
  for (let start = from; start + length <= end;) {
    start = nextZeroRefcount(block, order, start);
    const stop = nextUsedRefcount(block, order, start);
    if (stop - start >= length) return start;
    start = stop;
  }
  return -1;
}

/** How many counts of `from`..`to` (all, by default) are not 0. */
export function countUsedRefcounts(
  block: Uint8Array,
  order: number,
  from = 0,
  to: number = refcountsIn(block.length, order),
): number {
  let used = 0;
  for (let at = from; at < to;) {
    const start = nextUsedRefcount(block, order, at);
    if (start >= to) break;
    at = Math.min(to, nextZeroRefcount(block, order, start));
    used += at - start;
  }
  return used;
}
