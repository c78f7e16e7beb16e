import { BLOCK_BYTES, type BlockCipher } from './block-cipher.ts';

/**
 * How the number of a sector becomes its IV (CBC) or tweak (XTS), as dm-crypt has named them. `plain`: its low 32 bits, little-endian, padded with zeroes.
 * `plain64`: all 64 bits. `essiv:sha256`: the same, encrypted with the SHA-256 of the key.
 */
export type SectorIv = 'plain' | 'plain64' | 'essiv:sha256';

/** The names that {@link SectorIv} has. */
export const SECTOR_IVS: readonly SectorIv[] = ['plain', 'plain64', 'essiv:sha256'];

/** IVs of sectors in a row, 16 bytes for each. */
export type IvSource = (sector: number, count: number) => Uint8Array;

/** The IVs of a kind. `essiv` is AES with the digest of the key, for `essiv:sha256`. */
export function ivSource(kind: SectorIv, essiv?: BlockCipher): IvSource {
  if (kind === 'plain') return (sector, count) => numbers(sector, count, false);
  if (essiv === undefined) return (sector, count) => numbers(sector, count, true);
  return (sector, count) => essiv.encrypt(numbers(sector, count, true));
}

function numbers(sector: number, count: number, wide: boolean): Uint8Array {
  const ivs = new Uint8Array(count * BLOCK_BYTES);
  const view = new DataView(ivs.buffer);
  for (let i = 0; i < count; i++) {
    view.setUint32(i * BLOCK_BYTES, (sector + i) % 0x1_0000_0000, true);
    if (wide) {
      view.setUint32(i * BLOCK_BYTES + 4, Math.floor((sector + i) / 0x1_0000_0000), true);
    }
  }
  return ivs;
}
