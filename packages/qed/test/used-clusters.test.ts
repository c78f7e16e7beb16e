import { describe, expect, it } from 'vitest';
import { UsedClusters } from '../src/check/used-clusters.ts';

describe('UsedClusters', () => {
  it('remembers what was marked, far apart too', () => {
    const used = new UsedClusters();
    for (const cluster of [0, 7, 8, 65_535, 65_536, 2 ** 40]) {
      expect(used.mark(cluster)).toBe(false);
      expect(used.mark(cluster)).toBe(true);
    }
    expect(used.markAll(5, 2)).toBe(false);
    expect(used.markAll(4, 2)).toBe(true);
  });

  it('lists the runs that are not marked, across its pieces', () => {
    const used = new UsedClusters();
    used.markAll(0, 3);
    used.mark(10);
    used.mark(3 * 65_536);
    const end = 3 * 65_536 + 2;
    expect([...used.unused(0, end)]).toEqual([
      { first: 3, count: 7 },
      { first: 11, count: 3 * 65_536 - 11 },
      { first: end - 1, count: 1 },
    ]);
    expect([...used.unused(0, 3)]).toEqual([]);
  });
});
