import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeRefcountTableEntry,
  geometryOf,
  getRefcount,
  getRefcount64,
  maxRefcountOf,
  refcountBlockOffsetOf,
  refcountTableHasReservedBits,
  refcountsIn,
  setRefcount,
  setRefcount64,
} from '../src/index.ts';
import { fresh, halves, hex } from './headers.ts';

/** Any order, and counts of its range. */
const block = fc.integer({ min: 0, max: 6 }).chain((order) =>
  fc.record({
    order: fc.constant(order),
    counts: fc.array(fc.integer({ min: 0, max: maxRefcountOf(order) }), {
      minLength: 1,
      maxLength: 64,
    }),
  }),
);

describe('refcount block', () => {
  it.each([
    ['1 bit', 0, [1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0], 'ff 01'],
    ['2 bits', 1, [1, 1, 1, 1, 3, 3, 3, 1, 0, 1, 1, 0], '55 7f 14'],
    ['4 bits', 2, [1, 1, 1, 1, 3, 3, 3, 1, 1, 3], '11 11 33 13 31'],
    ['8 bits', 3, [1, 0, 255], '01 00 ff'],
    ['16 bits', 4, [1, 1, 1, 1, 0x1234], '0001 0001 0001 0001 1234'],
    ['32 bits', 5, [1, 0xfedcba98], '00000001 fedcba98'],
    ['64 bits', 6, [1, 2 ** 53 - 1], '0000000000000001 001fffffffffffff'],
  ])('%s, as QEMU lays them out', (_name, order, counts, text) => {
    const bytes = hex(text);
    expect(refcountsIn(bytes.length, order)).toBe(counts.length);
    expect(counts.map((_, i) => getRefcount(bytes, order, i))).toEqual(counts);
    const written = new Uint8Array(bytes.length).fill(0xa5);
    counts.forEach((count, i) => setRefcount(written, order, i, count));
    expect(written).toEqual(bytes);
  });

  it('get reads what set wrote, and its neighbours stay', () => {
    fc.assert(
      fc.property(block, fc.nat(), ({ order, counts }, which) => {
        const bytes = new Uint8Array(Math.ceil((counts.length * 2 ** order) / 8));
        counts.forEach((count, i) => setRefcount(bytes, order, i, count));
        const one = which % counts.length;
        setRefcount(bytes, order, one, 1);
        expect(counts.map((_, i) => getRefcount(bytes, order, i))).toEqual(counts.with(one, 1));
      }),
    );
  });

  it('64-bit counts are exact as bigint', () => {
    const bytes = new Uint8Array(16);
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (count) => {
        setRefcount64(bytes, 1, count);
        expect(getRefcount64(bytes, 1)).toBe(count);
        expect(getRefcount(bytes, 6, 1)).toBe(Number(count));
        expect(getRefcount64(bytes, 0)).toBe(0n);
      }),
    );
    setRefcount64(bytes, 0, 2n ** 64n - 1n);
    expect(Number.isSafeInteger(getRefcount(bytes, 6, 0))).toBe(false);
    expect(() => setRefcount64(bytes, 0, 2n ** 64n)).toThrow(RangeError);
    expect(() => setRefcount64(bytes, 0, -1n)).toThrow(RangeError);
  });

  it('refuses a count that does not fit, and leaves the block alone', () => {
    for (let order = 0; order <= 6; order++) {
      const bytes = new Uint8Array(8);
      for (const count of [maxRefcountOf(order) + 1, -1, Number.NaN]) {
        expect(() => setRefcount(bytes, order, 0, count)).toThrow(RangeError);
      }
      expect(bytes).toEqual(new Uint8Array(8));
    }
  });
});

describe('refcount table entry', () => {
  const geometry = geometryOf(fresh());

  it('decodes', () => {
    expect(decodeRefcountTableEntry(...halves('0000000000020000'), geometry)).toBe(0x20000);
    expect(decodeRefcountTableEntry(0, 0, geometry)).toBe(0);
    expect(refcountBlockOffsetOf(0x001fffff, 0xffffffff)).toBe(2 ** 53 - 512);
  });

  it('ignores reserved bits, and reports them', () => {
    expect(decodeRefcountTableEntry(0, 0x201ff, geometry)).toBe(0x20000);
    expect(refcountTableHasReservedBits(0x20100)).toBe(true);
    expect(refcountTableHasReservedBits(0x20200)).toBe(false);
  });

  it('refuses blocks that are no cluster of the image', () => {
    for (const text of ['0000000000020200', '0020000000000000', 'ffffffffffff0000']) {
      expect(() => decodeRefcountTableEntry(...halves(text), geometry, 0x10008)).toThrow(
        expect.objectContaining({ code: 'corrupt', offset: 0x10008 }),
      );
    }
  });
});
