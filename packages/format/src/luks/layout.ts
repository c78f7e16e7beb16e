// Where a fresh header has its key material: behind 4 KiB for the header itself, each slot at a multiple of 4 KiB.
import { LUKS_SLOTS, LUKS_STRIPES } from './key-slot.ts';

const SECTOR = 512;
const ALIGNMENT = 4096 / SECTOR;

/** Bytes of the key material of a slot. */
export function luksMaterialBytes(keyBytes: number, stripes: number = LUKS_STRIPES): number {
  return keyBytes * stripes;
}

/** Where the key material of slot `slot` begins in a fresh header, sectors. */
export function luksSlotOffset(keyBytes: number, slot: number): number {
  const sectors = Math.ceil(luksMaterialBytes(keyBytes) / SECTOR / ALIGNMENT) * ALIGNMENT;
  return ALIGNMENT + slot * sectors;
}

/** Bytes of a fresh header with all its key material. */
export function luksAreaBytes(keyBytes: number): number {
  return luksSlotOffset(keyBytes, LUKS_SLOTS) * SECTOR;
}
