import { chain, type MaybePromise } from '@q/block';
import type { BlockCipher } from './block-cipher.ts';
import { Cbc } from './cbc.ts';
import type { Digest } from './hash.ts';
import type { SectorCipher, SectorCipherSpec } from './sector-cipher.ts';
import { ivSource } from './sector-iv.ts';
import { Xts } from './xts.ts';

/** The cipher and the digest of a platform. */
export interface Platform {
  readonly aes: (key: Uint8Array) => BlockCipher;
  readonly digest: Digest;
}

/** Puts a sector cipher together. XTS takes two keys behind each other. */
export function makeSectorCipher(
  { aes, digest }: Platform,
  { mode, iv }: SectorCipherSpec,
  key: Uint8Array,
): MaybePromise<SectorCipher> {
  if (mode === 'xts' && key.length !== 32 && key.length !== 64) {
    throw new RangeError(`a key of AES-XTS has 32 or 64 bytes, not ${key.length}`);
  }
  const essiv = iv === 'essiv:sha256' ? chain(digest('sha256', key.slice()), aes) : undefined;
  return chain(essiv, (ivCipher) => {
    const ivs = ivSource(iv, ivCipher);
    if (mode === 'cbc') return new Cbc(aes(key), ivs);
    const half = key.length / 2;
    return new Xts(aes(key.subarray(0, half)), aes(key.subarray(half)), ivs);
  });
}
