/**
 * The cryptography of encrypted images, for browsers; Node gets `node/index.ts` under the same name.
 * @module
 */
import type { MaybePromise } from '@q/block';
import { aes } from './aes.ts';
import { digest } from './hash.ts';
import { makeSectorCipher } from './make-sector-cipher.ts';
import type { SectorCipher, SectorCipherSpec } from './sector-cipher.ts';
import { mergeWith, splitWith, type Split } from './splitter.ts';

export { HASH_BYTES } from './hash.ts';
export type { HashName } from './hash.ts';
export { legacyKey, passphraseBytes } from './legacy-key.ts';
export { iterationsFor, pbkdf2 } from './pbkdf2.ts';
export type { Derivation } from './pbkdf2.ts';
export { SECTOR_BYTES } from './sector-cipher.ts';
export type { SectorCipher, SectorCipherSpec } from './sector-cipher.ts';
export { SECTOR_IVS } from './sector-iv.ts';
export type { SectorIv } from './sector-iv.ts';
export type { Split } from './splitter.ts';

/**
 * The cipher of sectors. Its key: 16, 24 or 32 bytes for CBC; for XTS two keys behind each other, 32 or 64 bytes.
 * @throws RangeError for a key of any other length
 */
export function sectorCipher(spec: SectorCipherSpec, key: Uint8Array): MaybePromise<SectorCipher> {
  return makeSectorCipher({ aes, digest }, spec, key);
}

/** Spreads a key over `stripes` times its length, so that all of that is needed to have it back. */
export function splitKey(key: Uint8Array, split: Split): MaybePromise<Uint8Array> {
  return splitWith(digest, key, split);
}

/**
 * The key that was spread over `material` by {@link splitKey}. Nothing tells whether it is the right one.
 * @throws RangeError when the material cannot be cut into that many stripes
 */
export function mergeKey(material: Uint8Array, split: Split): MaybePromise<Uint8Array> {
  return mergeWith(digest, material, split);
}
