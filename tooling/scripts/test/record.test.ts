import { describe, expect, test } from 'vitest';
import { differences } from '../published/record.mjs';

const sizes = (bytes: number, brings: string[] = []) => ({ brings, gzip: { '@q/one': bytes } });

describe('a package held against its record', () => {
  test('may shrink, and grow by a tenth', () => {
    expect(differences('@q/one', sizes(1000), sizes(1000))).toEqual([]);
    expect(differences('@q/one', sizes(400), sizes(1000))).toEqual([]);
    expect(differences('@q/one', sizes(1100), sizes(1000))).toEqual([]);
  });

  test.each([
    ['grew by more', sizes(1101), sizes(1000), '@q/one grew by 10.1%, from 1000 to 1101 bytes'],
    ['was never recorded', sizes(1), undefined, '@q/one has no recorded size'],
    [
      'has a new entry point',
      { brings: [], gzip: { '@q/one': 1, '@q/one/node': 1 } },
      sizes(1),
      '@q/one/node has no recorded size',
    ],
    [
      'lost an entry point',
      sizes(1),
      { brings: [], gzip: { '@q/one': 1, '@q/one/node': 1 } },
      '@q/one/node is gone',
    ],
    [
      'brings another package',
      sizes(1, ['@q/block', 'pako']),
      sizes(1, ['@q/block']),
      '@q/one brings @q/block, pako; recorded is @q/block',
    ],
    [
      'brings a package no more',
      sizes(1),
      sizes(1, ['pako']),
      '@q/one brings nothing; recorded is pako',
    ],
  ])('is reported when it %s', (_what, found, recorded, sentence) => {
    expect(differences('@q/one', found, recorded)).toEqual([expect.stringContaining(sentence)]);
  });
});
