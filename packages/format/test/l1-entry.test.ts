import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeL1Entry,
  entryHi,
  entryLo,
  geometryOf,
  hostOffsetOf,
  isCopied,
  l1HasReservedBits,
  l1IsAllocated,
} from '../src/index.ts';
import { entryText, fresh, halves } from './headers.ts';

const geometry = geometryOf(fresh());

describe('L1 entry', () => {
  it('decodes', () => {
    expect(decodeL1Entry(...halves('8000000000040000'), geometry)).toEqual({
      kind: 'table',
      offset: 0x40000,
      copied: true,
    });
    expect(decodeL1Entry(...halves('8000000000000000'), geometry)).toEqual({ kind: 'unallocated' });
    expect(l1IsAllocated(0, 0)).toBe(false);
    expect(l1IsAllocated(1, 0)).toBe(true);
    expect(l1IsAllocated(0, 512)).toBe(true);
  });

  it('refuses tables that are no cluster of the image', () => {
    for (const text of ['8000000000040200', '8020000000000000', '00ffffffffff0000']) {
      expect(() => decodeL1Entry(...halves(text), geometry, 0x30008)).toThrow(
        expect.objectContaining({ code: 'corrupt', offset: 0x30008 }),
      );
    }
  });

  it('ignores reserved bits, and reports each of them', () => {
    for (let bit = 0; bit < 64; bit++) {
      const hi = bit < 32 ? 0 : 2 ** (bit - 32);
      const lo = bit < 32 ? 2 ** bit : 0;
      const reserved = bit <= 8 || (bit >= 56 && bit <= 62);
      expect(l1HasReservedBits(hi, lo)).toBe(reserved);
      if (reserved) expect(l1IsAllocated(hi, lo)).toBe(false);
    }
  });

  it('encode and decode are inverse', () => {
    expect(entryText(entryHi(0x40000, true), entryLo(0x40000))).toBe('8000000000040000');
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 37 - 1 }), fc.boolean(), (cluster, copied) => {
        const offset = cluster * 65536;
        const hi = entryHi(offset, copied);
        expect(hi).toBeGreaterThanOrEqual(0);
        expect(hostOffsetOf(hi, entryLo(offset))).toBe(offset);
        expect(isCopied(hi)).toBe(copied);
      }),
    );
  });
});
