import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  INCOMPATIBLE_DATA_FILE,
  INCOMPATIBLE_EXTENDED_L2,
  L2_COMPRESSED,
  L2_DATA,
  L2_INVALID,
  L2_UNALLOCATED,
  L2_ZERO,
  L2_ZERO_ALLOCATED,
  compressedHi,
  decodeL2Entry,
  encodeL2Entry,
  entryLo,
  geometryOf,
  hostOffsetOf,
  l2HasReservedBits,
  l2Kind,
  type L2Entry,
} from '../src/index.ts';
import { entryText, fresh, freshV2, halves } from './headers.ts';

const v3 = geometryOf(fresh());
const v2 = geometryOf(freshV2());
const extended = geometryOf(fresh({ incompatibleFeatures: INCOMPATIBLE_EXTENDED_L2, l1Size: 4 }));
const dataFile = geometryOf(fresh({ incompatibleFeatures: INCOMPATIBLE_DATA_FILE }));

describe('L2 entry', () => {
  it.each([
    ['8000000000050000', L2_DATA, { kind: 'data', offset: 0x50000, copied: true }],
    ['0000000000050000', L2_DATA, { kind: 'data', offset: 0x50000, copied: false }],
    ['0000000000000000', L2_UNALLOCATED, { kind: 'unallocated' }],
    ['8000000000000000', L2_UNALLOCATED, { kind: 'unallocated' }],
    ['0000000000000001', L2_ZERO, { kind: 'zero' }],
    [
      '8000000000060001',
      L2_ZERO_ALLOCATED,
      { kind: 'zero-allocated', offset: 0x60000, copied: true },
    ],
    ['4a00000000054f6c', L2_COMPRESSED, { kind: 'compressed', offset: 0x54f6c, length: 20628 }],
    ['801ffffffffF0000', L2_DATA, { kind: 'data', offset: 2 ** 53 - 65536, copied: true }],
  ])('%s in version 3', (text, kind, entry) => {
    const [hi, lo] = halves(text);
    expect(l2Kind(hi, lo, v3.l2Rules)).toBe(kind);
    expect(decodeL2Entry(hi, lo, v3)).toEqual(entry);
  });

  it('with an external data file: COPIED with offset 0 is the first cluster', () => {
    const [hi, lo] = halves('8000000000000000');
    expect(decodeL2Entry(hi, lo, dataFile)).toEqual({ kind: 'data', offset: 0, copied: true });
    expect(decodeL2Entry(hi, 1, dataFile)).toEqual({
      kind: 'zero-allocated',
      offset: 0,
      copied: true,
    });
    expect(decodeL2Entry(0, 0, dataFile)).toEqual({ kind: 'unallocated' });
    expect(decodeL2Entry(0, 1, dataFile)).toEqual({ kind: 'zero' });
  });

  it.each([
    ['a zero flag in version 2', '0000000000000001', v2, /zero flag/],
    ['a zero flag beside an offset in version 2', '8000000000050001', v2, /zero flag/],
    ['a zero flag in an extended entry', '8000000000050001', extended, /zero flag/],
    ['an unaligned cluster', '8000000000050200', v3, /0x50200/],
    ['an unaligned cluster (last bit)', '8000000000008000', v3, /0x8000 /],
    ['a cluster above 2^53', '8020000000000000', v3, /0x20000000000000 /],
    ['a cluster at 2^55', '0080000000000000', v3, /0x80000000000000 /],
    ['a compressed cluster with a data file', '4000000000050000', dataFile, /compressed/],
  ])('refuses %s', (_what, text, geometry, message) => {
    const [hi, lo] = halves(text);
    expect(l2Kind(hi, lo, geometry.l2Rules)).toBe(L2_INVALID);
    expect(() => decodeL2Entry(hi, lo, geometry, 0x40000)).toThrow(
      expect.objectContaining({
        code: 'corrupt',
        offset: 0x40000,
        message: expect.stringMatching(message),
      }),
    );
  });

  it('ignores reserved bits, and reports each of them', () => {
    for (let bit = 0; bit < 64; bit++) {
      const reserved = (bit >= 1 && bit <= 8) || (bit >= 56 && bit <= 61);
      const hi = bit < 32 ? 0 : 2 ** (bit - 32);
      const lo = bit < 32 ? 2 ** bit : 0;
      expect(l2HasReservedBits(hi, lo)).toBe(reserved);
      if (reserved) expect(l2Kind(hi, lo, v3.l2Rules)).toBe(L2_UNALLOCATED);
    }
    expect(l2HasReservedBits(0xc0000000, 0x50000)).toBe(true);
    expect(l2HasReservedBits(0x7fc00000, 0x501ff)).toBe(false);
  });

  it('splits the offset off exactly, for all its bits', () => {
    expect(hostOffsetOf(0xffffffff, 0xffffffff)).toBe(2 ** 56 - 512);
    for (let bit = 9; bit < 56; bit++) {
      const value = 2 ** bit;
      expect(hostOffsetOf(Math.floor(value / 2 ** 32), value % 2 ** 32)).toBe(value);
    }
  });

  it('encode and decode are inverse', () => {
    const offset = fc.integer({ min: 1, max: 2 ** 37 - 1 }).map((n) => n * 65536);
    const entry: fc.Arbitrary<Exclude<L2Entry, { kind: 'compressed' }>> = fc.oneof(
      fc.constant({ kind: 'unallocated' as const }),
      fc.constant({ kind: 'zero' as const }),
      fc.record({
        kind: fc.constantFrom('data' as const, 'zero-allocated' as const),
        offset,
        copied: fc.boolean(),
      }),
    );
    fc.assert(
      fc.property(entry, (e) => {
        const { hi, lo } = encodeL2Entry(e);
        expect(l2HasReservedBits(hi, lo)).toBe(false);
        expect(decodeL2Entry(hi, lo, v3)).toEqual(e);
      }),
    );
  });

  it('writes the bytes QEMU writes', () => {
    const text = (e: Parameters<typeof encodeL2Entry>[0]): string => {
      const { hi, lo } = encodeL2Entry(e);
      return entryText(hi, lo);
    };
    expect(text({ kind: 'data', offset: 0x50000, copied: true })).toBe('8000000000050000');
    expect(text({ kind: 'zero-allocated', offset: 0x60000, copied: true })).toBe(
      '8000000000060001',
    );
    expect(text({ kind: 'zero' })).toBe('0000000000000001');
    expect(entryText(compressedHi(0x54f6c, 20628, 16), entryLo(0x54f6c))).toBe('4a00000000054f6c');
  });
});
