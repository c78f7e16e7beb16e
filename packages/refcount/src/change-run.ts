// Changing neighbouring counts of a block: the loops that everything in bulk ends in. 16, 8 and 32 bits have loops of their own.
import { fillRefcounts, getRefcount, setRefcount } from '@q/format';
import { firstUsed, firstZero } from './count-runs.ts';

/** The first of the counts `from` to `to` that cannot take `delta` and stay in 0..`max`, or -1. */
export function firstBadCount(
  block: Uint8Array,
  order: number,
  from: number,
  to: number,
  delta: number,
  max: number,
): number {
  // Counts of 64 bits may be past 2^53, where nothing is exact: those are refused.
  if (delta === -1 && order < 6) {
    const zero = firstZero(block, order, from, to);
    return zero < to ? zero : -1;
  }
  if (order === 4) {
    for (let i = from; i < to; i++) {
      const count = ((block[i * 2]! << 8) | block[i * 2 + 1]!) + delta;
      if (count < 0 || count > 0xffff) return i;
    }
    return -1;
  }
  if (order === 5) {
    for (let i = from; i < to; i++) {
      const count = u32(block, i * 4) + delta;
      if (count < 0 || count > 0xffff_ffff) return i;
    }
    return -1;
  }
  for (let i = from; i < to; i++) {
    const count = getRefcount(block, order, i) + delta;
    if (!(count >= 0 && count <= max)) return i;
  }
  return -1;
}

/** Adds `delta` to the counts `from` to `to`, all of which can take it. */
export function changeRun(
  block: Uint8Array,
  order: number,
  from: number,
  to: number,
  delta: number,
): void {
  if (delta > 0 && firstUsed(block, order, from, to) === to) {
    // All of them are free.
    fillRefcounts(block, order, from, to - from, delta);
  } else if (order === 4) {
    for (let at = from * 2; at < to * 2; at += 2) {
      const count = ((block[at]! << 8) | block[at + 1]!) + delta;
      block[at] = count >>> 8;
      block[at + 1] = count;
    }
  } else if (order === 3) {
    for (let at = from; at < to; at++) block[at] = block[at]! + delta;
  } else if (order === 5) {
    for (let at = from * 4; at < to * 4; at += 4) {
      const count = u32(block, at) + delta;
      block[at] = count >>> 24;
      block[at + 1] = count >>> 16;
      block[at + 2] = count >>> 8;
      block[at + 3] = count;
    }
  } else {
    for (let i = from; i < to; i++) {
      setRefcount(block, order, i, getRefcount(block, order, i) + delta);
    }
  }
}

function u32(block: Uint8Array, at: number): number {
  return (
    ((block[at]! << 24) | (block[at + 1]! << 16) | (block[at + 2]! << 8) | block[at + 3]!) >>> 0
  );
}
