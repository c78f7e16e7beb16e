import { isImageError } from '@q/block';
import { describe, expect, it } from 'vitest';
import { Counts, COPIED, UNCOPIED } from '../../src/check/counts.ts';

describe('the counts of clusters', () => {
  it('keeps counts and flags apart, at every width', () => {
    const counts = new Counts(10);
    for (const by of [1, 62, 1, 16319, 1, 70_000]) {
      counts.add(3, by, by === 1 ? COPIED : UNCOPIED);
      counts.add(4, by, 0);
    }
    expect(counts.at(3)).toBe(86_384);
    expect(counts.flagsAt(3)).toBe(COPIED | UNCOPIED);
    expect([counts.at(4), counts.flagsAt(4), counts.at(5)]).toEqual([86_384, 0, 0]);
    expect(counts.bits).toBe(30);
  });

  it('stays at the largest count, and says so', () => {
    const counts = new Counts(1);
    counts.add(0, 2 ** 30 - 1, 0);
    expect(counts.overflows).toBe(0);
    counts.add(0, 5, UNCOPIED);
    expect([counts.at(0), counts.overflows, counts.flagsAt(0)]).toEqual([2 ** 30 - 1, 1, UNCOPIED]);
  });

  it('adds to ranges as to single clusters, used before or not', () => {
    const counts = new Counts(100);
    const expected = Array.from({ length: 100 }, () => 0);
    for (const [first, end] of [
      [0, 100],
      [3, 4],
      [5, 30],
      [9, 9],
      [98, 100],
    ] as const) {
      counts.addRange(first, end, 2, COPIED);
      for (let at = first; at < end; at++) expected[at]! += 2;
    }
    expect(expected.map((_, at) => counts.at(at))).toEqual(expected);
  });

  it('finds the next cluster that is used', () => {
    for (const by of [1, 100, 20_000]) {
      const counts = new Counts(50);
      counts.add(7, by, 0);
      counts.add(41, 0, UNCOPIED);
      const found: number[] = [];
      for (let at = counts.nextUsed(0); at <= 50; at = counts.nextUsed(at + 1)) found.push(at);
      expect(found).toEqual([7, 41]);
      expect(counts.nextUsed(42)).toBe(51);
    }
  });

  it('refuses a file that is too long', () => {
    try {
      expect(new Counts(2 ** 40)).toBe('refused');
    } catch (error) {
      expect(isImageError(error, 'limit')).toBe(true);
    }
  });
});
