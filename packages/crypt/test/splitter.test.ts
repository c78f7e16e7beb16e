import { pbkdf2Sync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as browser from '../src/index.ts';
import { HASH_BYTES, type HashName } from '../src/index.ts';
import * as node from '../src/node/index.ts';

const hashes = Object.keys(HASH_BYTES) as HashName[];
const hash = fc.constantFrom(...hashes);

describe('the anti-forensic splitter', () => {
  it('gives the key back, in Node and in browsers alike', async () => {
    const keys = fc.uint8Array({ minLength: 1, maxLength: 130 });
    await fc.assert(
      fc.asyncProperty(keys, hash, fc.integer({ min: 1, max: 20 }), async (key, name, stripes) => {
        const split = { hash: name, stripes };
        const material = await node.splitKey(key, split);
        expect(material.length).toBe(key.length * stripes);
        expect(await node.mergeKey(material, split)).toEqual(key);
        expect(await browser.mergeKey(material, split)).toEqual(key);
        expect(await node.mergeKey(await browser.splitKey(key, split), split)).toEqual(key);
      }),
      { numRuns: 40 },
    );
  });

  it('needs every byte: another one anywhere gives another key', async () => {
    const key = new Uint8Array(64).fill(5);
    const split = { hash: 'sha256', stripes: 50 } as const;
    const material = await node.splitKey(key, split);
    for (let at = 0; at < material.length; at += 63) {
      const damaged = material.slice();
      damaged[at]! ^= 1;
      expect(await node.mergeKey(damaged, split)).not.toEqual(key);
    }
  });

  it('spreads the same key differently each time', async () => {
    const split = { hash: 'sha1', stripes: 4000 } as const;
    const key = new Uint8Array(64);
    expect(await node.splitKey(key, split)).not.toEqual(await node.splitKey(key, split));
  });

  it('refuses material that cannot be cut into stripes', () => {
    expect(() => node.mergeKey(new Uint8Array(63), { hash: 'sha1', stripes: 4 })).toThrow(
      RangeError,
    );
  });
});

describe('key derivation', () => {
  it('agrees with OpenSSL', async () => {
    const bytes = fc.uint8Array({ maxLength: 80 });
    const numbers = fc.integer({ min: 1, max: 500 });
    await fc.assert(
      fc.asyncProperty(
        bytes,
        bytes,
        hash,
        numbers,
        numbers,
        async (secret, salt, name, iterations, keyBytes) => {
          const found = await node.pbkdf2(secret, { hash: name, salt, iterations, keyBytes });
          const expected = pbkdf2Sync(secret, salt, iterations, keyBytes, name);
          expect(Buffer.compare(found, expected)).toBe(0);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('has the bytes of RFC 6070', async () => {
    const found = await node.pbkdf2(node.passphraseBytes('password'), {
      hash: 'sha1',
      salt: node.passphraseBytes('salt'),
      iterations: 4096,
      keyBytes: 20,
    });
    expect(Buffer.from(found).toString('hex')).toBe('4b007901b765489abead49d926f721d065a429c1');
  });

  it('counts iterations by time', async () => {
    const how = { hash: 'sha256', keyBytes: 32 } as const;
    const iterations = await node.iterationsFor(50, how);
    expect(iterations).toBeGreaterThanOrEqual(1000);
    expect(iterations % 1000).toBe(0);
  });
});

describe('the key of legacy AES', () => {
  it('is the passphrase, cut or padded to 16 bytes', () => {
    expect(node.legacyKey('ab')).toEqual(Uint8Array.from([97, 98, ...Array<number>(14).fill(0)]));
    expect(node.legacyKey(new Uint8Array(20).fill(3))).toEqual(new Uint8Array(16).fill(3));
    expect(node.legacyKey('é')[0]).toBe(0xc3);
  });
});
