import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  compressedHi,
  compressedLengthOf,
  compressedLimit,
  compressedOffsetOf,
  compressedSectors,
  compressedSectorsOf,
  decodeCompressed,
  entryLo,
} from '../src/index.ts';
import { entryText, halves } from './headers.ts';

describe('compressed cluster descriptor', () => {
  // A 64 KiB image of QEMU: clusters 0 and 2 noise, cluster 1 all 0x55, packed behind each other.
  it.each([
    ['49c0000000050000', 0x50000, 39, 20480],
    ['4000000000054f1d', 0x54f1d, 0, 227],
    ['4a00000000054f6c', 0x54f6c, 40, 20628],
  ])('%s', (text, offset, sectors, length) => {
    const [hi, lo] = halves(text);
    expect(compressedOffsetOf(hi, lo, 16)).toBe(offset);
    expect(compressedSectorsOf(hi, 16)).toBe(sectors);
    expect(compressedLengthOf(hi, lo, 16)).toBe(length);
    expect(decodeCompressed(hi, lo, 16)).toEqual({ offset, length });
    expect(entryText(compressedHi(offset, length, 16), entryLo(offset))).toBe(text);
  });

  it.each([
    [9, 61, 1],
    [12, 58, 4],
    [16, 54, 8],
    [21, 49, 13],
  ])('cluster_bits %i: %i offset bits and %i sector bits', (clusterBits, x, sectorBits) => {
    const all = (1n << 62n) - 1n;
    const hi = Number(all >> 32n);
    expect(compressedSectorsOf(hi, clusterBits)).toBe(2 ** sectorBits - 1);
    const exact = (1n << BigInt(x)) - 1n;
    expect(compressedOffsetOf(hi, 0xffffffff, clusterBits)).toBe(Number(exact));
    expect(compressedLimit(clusterBits)).toBe(2 ** Math.min(x, 53));
    // One bit above the offset is the lowest bit of the sector count.
    const first = 1n << BigInt(x);
    expect(compressedSectorsOf(Number(first >> 32n), clusterBits)).toBe(1);
    expect(compressedOffsetOf(Number(first >> 32n), 0, clusterBits)).toBe(0);
  });

  it.each([
    ['offset 0', 0x40000000, 0, 16],
    ['offset 2^53', 0x40200000, 0, 16],
    ['offset 2^56, a bit that must be 0', 0x41000000, 0, 12],
    ['offset 2^61 - 1', 0x5fffffff, 0xffffffff, 9],
  ])('refuses %s', (_what, hi, lo, clusterBits) => {
    expect(() => decodeCompressed(hi, lo, clusterBits, 8)).toThrow(
      expect.objectContaining({ code: 'corrupt', offset: 8 }),
    );
  });

  it('counts the sectors that a stream begins after its first', () => {
    expect(compressedSectors(0x400, 1)).toBe(0);
    expect(compressedSectors(0x400, 512)).toBe(0);
    expect(compressedSectors(0x400, 513)).toBe(1);
    expect(compressedSectors(0x5ff, 2)).toBe(1);
  });

  it('does not write what does not fit', () => {
    expect(() => compressedHi(0, 10, 16)).toThrow(RangeError);
    expect(() => compressedHi(512, 0, 16)).toThrow(RangeError);
    expect(() => compressedHi(2 ** 49, 10, 21)).toThrow(RangeError);
    expect(() => compressedHi(512, 1025, 9)).toThrow(RangeError);
    expect(() => compressedHi(512, 1024, 9)).not.toThrow();
  });

  it('what is written covers the stream, for every cluster size', () => {
    const stream = fc.integer({ min: 9, max: 21 }).chain((clusterBits) =>
      fc.record({
        clusterBits: fc.constant(clusterBits),
        offset: fc
          .maxSafeInteger()
          .map((n) => 1 + (Math.abs(n) % (compressedLimit(clusterBits) - 1))),
        length: fc.integer({ min: 1, max: 2 ** clusterBits - 1 }),
      }),
    );
    fc.assert(
      fc.property(stream, ({ clusterBits, offset, length }) => {
        const hi = compressedHi(offset, length, clusterBits);
        const decoded = decodeCompressed(hi, entryLo(offset), clusterBits);
        expect(decoded.offset).toBe(offset);
        expect(decoded.length).toBeGreaterThanOrEqual(length);
        expect(decoded.length).toBeLessThan(length + 512);
        expect((offset + decoded.length) % 512).toBe(0);
      }),
    );
  });
});
