import { createCipheriv, createHash } from 'node:crypto';
import { Prng } from '@q/block';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aes as browserAes } from '../src/aes.ts';
import { makeSectorCipher, type Platform } from '../src/make-sector-cipher.ts';
import { aes as nodeAes } from '../src/node/aes.ts';
import { digest as nodeDigest } from '../src/node/hash.ts';
import { digest as browserDigest } from '../src/hash.ts';
import type { SectorCipherSpec } from '../src/sector-cipher.ts';

const platforms: readonly (readonly [string, Platform])[] = [
  ['node', { aes: nodeAes, digest: nodeDigest }],
  ['browser', { aes: browserAes, digest: browserDigest }],
];

const kinds: readonly (readonly [SectorCipherSpec, number, string])[] = [
  [{ mode: 'xts', iv: 'plain64' }, 64, 'aes-256-xts'],
  [{ mode: 'xts', iv: 'plain' }, 32, 'aes-128-xts'],
  [{ mode: 'xts', iv: 'essiv:sha256' }, 64, 'aes-256-xts'],
  [{ mode: 'cbc', iv: 'plain64' }, 16, 'aes-128-cbc'],
  [{ mode: 'cbc', iv: 'plain64' }, 24, 'aes-192-cbc'],
  [{ mode: 'cbc', iv: 'essiv:sha256' }, 32, 'aes-256-cbc'],
  [{ mode: 'cbc', iv: 'plain' }, 32, 'aes-256-cbc'],
];

/** What OpenSSL makes of the same sectors, one by one. */
function byOpenssl(
  bytes: Uint8Array,
  sector: number,
  { iv }: SectorCipherSpec,
  key: Uint8Array,
  name: string,
): Uint8Array {
  const parts: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += 512) {
    const number = BigInt(sector + at / 512);
    let tweak = Buffer.alloc(16);
    tweak.writeBigUInt64LE(iv === 'plain' ? number & 0xffff_ffffn : number);
    if (iv === 'essiv:sha256') {
      const essiv = createCipheriv(
        'aes-256-ecb',
        createHash('sha256').update(key).digest(),
        null,
      ).setAutoPadding(false);
      tweak = essiv.update(tweak);
    }
    const cipher = createCipheriv(name, key, tweak).setAutoPadding(false);
    parts.push(cipher.update(bytes.subarray(at, at + 512)));
  }
  return Buffer.concat(parts);
}

function randomBytes(seed: number, length: number): Uint8Array {
  const random = new Prng(seed);
  return Uint8Array.from({ length }, () => random.below(256));
}

describe.each(platforms)('sector ciphers in %s', (_, platform) => {
  it.each(kinds)('agree with OpenSSL: %o, a key of %i bytes', async (spec, keyBytes, name) => {
    const sector = fc.integer({ min: 0, max: 2 ** 44 });
    await fc.assert(
      fc.asyncProperty(
        sector,
        fc.integer({ min: 0, max: 200 }),
        fc.integer(),
        async (first, count, seed) => {
          const key = randomBytes(seed, keyBytes);
          const plain = randomBytes(seed + 1, count * 512 + 3).subarray(3);
          const cipher = await makeSectorCipher(platform, spec, key);
          const bytes = new Uint8Array(plain.length + 1).subarray(1);
          bytes.set(plain);
          cipher.encrypt(bytes, first);
          expect(Buffer.compare(bytes, byOpenssl(plain, first, spec, key, name))).toBe(0);
          cipher.decrypt(bytes, first);
          expect(Buffer.compare(bytes, plain)).toBe(0);
        },
      ),
      { numRuns: 12 },
    );
  });

  it('give sectors around 2^32 their own IVs with plain64, and the same with plain', async () => {
    const key = randomBytes(1, 64);
    const encrypted = async (iv: 'plain' | 'plain64', sector: number): Promise<string> => {
      const bytes = new Uint8Array(512);
      (await makeSectorCipher(platform, { mode: 'xts', iv }, key)).encrypt(bytes, sector);
      return Buffer.from(bytes).toString('hex');
    };
    expect(await encrypted('plain', 2 ** 32 + 5)).toBe(await encrypted('plain', 5));
    expect(await encrypted('plain64', 2 ** 32 + 5)).not.toBe(await encrypted('plain64', 5));
  });

  it('refuse keys and lengths that there are none of', async () => {
    const make = (mode: 'xts' | 'cbc', bytes: number): unknown =>
      makeSectorCipher(platform, { mode, iv: 'plain64' }, new Uint8Array(bytes));
    for (const bytes of [0, 15, 17, 48]) expect(() => make('cbc', bytes)).toThrow(RangeError);
    for (const bytes of [0, 16, 24, 48, 65]) expect(() => make('xts', bytes)).toThrow(RangeError);
    for (const mode of ['xts', 'cbc'] as const) {
      const cipher = await makeSectorCipher(platform, { mode, iv: 'plain64' }, new Uint8Array(32));
      expect(() => cipher.encrypt(new Uint8Array(511), 0)).toThrow(RangeError);
      expect(() => cipher.decrypt(new Uint8Array(513), 0)).toThrow(RangeError);
    }
  });
});

describe('AES-XTS', () => {
  it('has the bytes of IEEE 1619, vector 10', async () => {
    // Key 1 is 2718281828459045...; key 2 is 3141592653589793...; data unit 0xff; plaintext 00 01 02 ... ff twice.
    const key = Buffer.from(
      '27182818284590452353602874713526624977572470936999595749669676273141592653589793238462643383279502884197169399375105820974944592',
      'hex',
    );
    const bytes = Uint8Array.from({ length: 512 }, (_unused, i) => i & 0xff);
    const cipher = await makeSectorCipher(platforms[0]![1], { mode: 'xts', iv: 'plain64' }, key);
    cipher.encrypt(bytes, 0xff);
    expect(Buffer.from(bytes.subarray(0, 16)).toString('hex')).toBe(
      '1c3b3a102f770386e4836c99e370cf9b',
    );
  });
});
