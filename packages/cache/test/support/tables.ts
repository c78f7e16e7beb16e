import type { TableCache } from '@q/cache';

/** Writes `value` into every word of the table in `slot`, and marks it dirty. */
export function stamp(cache: TableCache, slot: number, value: number): void {
  for (let at = 0; at < cache.tableSize; at += 4) cache.setU32(slot, at, value);
  cache.markDirty(slot);
}

/** The value in all words of `bytes`, or a sentence about two that differ. */
export function stampOf(bytes: Uint8Array): number | string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const value = view.getUint32(0);
  for (let at = 4; at < bytes.length; at += 4) {
    const other = view.getUint32(at);
    if (other !== value) return `${value} at 0, ${other} at ${at}`;
  }
  return value;
}

/** The smallest of all words of `bytes`. */
export function oldestStamp(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let oldest = view.getUint32(0);
  for (let at = 4; at < bytes.length; at += 4) oldest = Math.min(oldest, view.getUint32(at));
  return oldest;
}
