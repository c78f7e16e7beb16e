import type { WriteZeroesOptions } from '../device.ts';
import type { MemoryDevice } from '../memory.ts';

/** The unit that a disk writes whole, or not at all, in bytes. */
export const SECTOR_SIZE = 512;

/** A change that no flush has covered yet. */
export interface Change {
  readonly op: 'write' | 'writeZeroes' | 'discard' | 'resize';
  /** For `resize` the new size. */
  readonly offset: number;
  readonly length: number;
  /** What was written. */
  readonly bytes: Uint8Array | undefined;
  readonly options: WriteZeroesOptions | undefined;
  /** The size of the device after the change. */
  readonly size: number;
}

/** Sectors of a change, counted from the one that its first byte lies in: `from` survives, `to` does not. */
export interface SectorRun {
  readonly from: number;
  readonly to: number;
}

/** What became of a change: all of it is on the disk, nothing is, or only these sectors, ascending. */
export type Fate = 'kept' | 'lost' | readonly SectorRun[];

/** How many sectors a change touches. */
export function sectorCount(change: Change): number {
  if (change.length === 0) return 0;
  const first = Math.floor(change.offset / SECTOR_SIZE);
  return Math.floor((change.offset + change.length - 1) / SECTOR_SIZE) - first + 1;
}

/** Does to `image` what survived of `change`. Sizes are the caller's affair. */
export function applyChange(image: MemoryDevice, change: Change, fate: Fate): void {
  if (fate === 'lost' || change.op === 'resize') return;
  if (fate === 'kept') {
    applyRange(image, change, change.offset, change.offset + change.length);
    return;
  }
  const base = Math.floor(change.offset / SECTOR_SIZE) * SECTOR_SIZE;
  for (const { from, to } of fate) {
    const start = Math.max(change.offset, base + from * SECTOR_SIZE);
    const end = Math.min(change.offset + change.length, base + to * SECTOR_SIZE);
    if (start < end) applyRange(image, change, start, end);
  }
}

function applyRange(image: MemoryDevice, change: Change, start: number, end: number): void {
  if (change.bytes !== undefined) {
    image.write(change.bytes.subarray(start - change.offset, end - change.offset), start);
  } else if (change.op === 'writeZeroes') image.writeZeroes(start, end - start);
  else if (start < image.size) image.discard(start, Math.min(end, image.size) - start);
}
