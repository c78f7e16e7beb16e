import { describe, expect, it } from 'vitest';
import { Prng } from '../src/index.ts';

describe('Prng', () => {
  it('gives the same numbers for the same seed, and others for another', () => {
    const first = (seed: number) => {
      const random = new Prng(seed);
      return [random.uint32(), random.uint32(), random.uint32()];
    };
    expect(first(42)).toEqual(first(42));
    expect(first(42)).not.toEqual(first(43));
    expect(first(1)).toMatchInlineSnapshot(`
      [
        2420951833,
        2513034076,
        3847892949,
      ]
    `);
  });

  it('spreads evenly below any bound', () => {
    const random = new Prng(7);
    for (const bound of [3, 10, 2 ** 40]) {
      const counts = [0, 0, 0];
      for (let draw = 0; draw < 30_000; draw++) {
        const value = random.below(bound);
        expect(value >= 0 && value < bound && Number.isInteger(value)).toBe(true);
        counts[Math.floor((value / bound) * 3)]! += 1;
      }
      if (bound !== 10)
        for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(400);
    }
    expect(() => random.below(0)).toThrow(RangeError);
  });

  it('fills arrays of any length with all byte values', () => {
    const bytes = new Prng(1).fill(new Uint8Array(10_001));
    expect(new Set(bytes).size).toBe(256);
    expect(new Prng(1).fill(new Uint8Array(5))).toEqual(bytes.subarray(0, 5));
  });
});
