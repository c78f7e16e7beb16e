import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  countUsedRefcounts,
  fillRefcounts,
  findZeroRefcounts,
  getRefcount,
  maxRefcountOf,
  nextUsedRefcount,
  nextZeroRefcount,
  refcountsIn,
} from '../src/index.ts';

/** A block made of a few runs, at any byte alignment, and the counts in it. */
const filled = fc
  .record({
    order: fc.integer({ min: 0, max: 6 }),
    shift: fc.integer({ min: 0, max: 8 }),
    runs: fc.array(fc.tuple(fc.nat(700), fc.nat(700), fc.nat(3)), { maxLength: 8 }),
    from: fc.nat(600),
    length: fc.integer({ min: 1, max: 60 }),
  })
  .map(({ order, shift, runs, from, length }) => {
    const bytes = new Uint8Array(1024 + shift).subarray(shift, shift + 512);
    const size = refcountsIn(bytes.length, order);
    const counts = Array.from({ length: size }, () => 0);
    for (const [at, runLength, value] of runs) {
      const start = Math.min(at, size);
      const end = Math.min(size, start + runLength);
      const count = Math.min(value, maxRefcountOf(order));
      fillRefcounts(bytes, order, start, end - start, count);
      counts.fill(count, start, end);
    }
    return { order, bytes, counts, from, length, size };
  });

const firstFrom = (counts: number[], from: number, is: (count: number) => boolean): number => {
  const found = counts.findIndex((count, i) => i >= from && is(count));
  return found < 0 ? counts.length : found;
};

describe('runs of refcounts', () => {
  it('fill, search and count agree with plain counts, for all widths and alignments', () => {
    fc.assert(
      fc.property(filled, ({ order, bytes, counts, from, length, size }) => {
        expect(Array.from({ length: size }, (_, i) => getRefcount(bytes, order, i))).toEqual(
          counts,
        );
        const start = Math.min(from, size);
        expect(nextZeroRefcount(bytes, order, start)).toBe(
          firstFrom(counts, start, (c) => c === 0),
        );
        expect(nextUsedRefcount(bytes, order, start)).toBe(
          firstFrom(counts, start, (c) => c !== 0),
        );
        const run = counts.findIndex(
          (_, i) =>
            i >= start && i + length <= size && counts.slice(i, i + length).every((c) => c === 0),
        );
        expect(findZeroRefcounts(bytes, order, start, length)).toBe(run);
        expect(countUsedRefcounts(bytes, order)).toBe(counts.filter((c) => c !== 0).length);
        const to = Math.min(size, start + length);
        expect(countUsedRefcounts(bytes, order, start, to)).toBe(
          counts.slice(start, to).filter((c) => c !== 0).length,
        );
      }),
      { numRuns: 600 },
    );
  });

  it('searches to the end of a block that ends between words', () => {
    const block = new Uint8Array(1024).subarray(1, 513).fill(1, 0, 510);
    expect(nextUsedRefcount(block, 3, 510)).toBe(512);
    expect(countUsedRefcounts(block, 3)).toBe(510);
  });

  it('search parts of a block of any length and alignment', () => {
    const block = new Uint8Array(64);
    for (let order = 0; order <= 2; order++) {
      for (const [fill, search] of [
        [0xff, nextZeroRefcount],
        [0, nextUsedRefcount],
      ] as const) {
        block.fill(fill);
        for (let start = 0; start < 8; start++) {
          for (let end = start; end < 40; end++) {
            const part = block.subarray(start, end);
            expect(search(part, order, 0)).toBe(((end - start) * 8) >>> order);
          }
        }
      }
    }
  });

  it('fill leaves the neighbours alone', () => {
    for (let order = 0; order <= 6; order++) {
      const bytes = new Uint8Array(64).fill(0xff);
      fillRefcounts(bytes, order, 3, 4, 0);
      const zeros = Array.from({ length: 8 }, (_, i) => getRefcount(bytes, order, i) === 0);
      expect(zeros).toEqual([false, false, false, true, true, true, true, false]);
      fillRefcounts(bytes, order, 0, 0, 0);
      expect(getRefcount(bytes, order, 0)).not.toBe(0);
    }
  });
});
