import { expect, it } from 'vitest';
import { runJob } from '../../src/replay/job.ts';
import { strategyNames } from '../../src/strategies/registry.ts';

const keys = Float64Array.from({ length: 5000 }, (_, i) => (i * i + (i % 9)) % 61);

it.each(strategyNames)('counts every access once: %s', (strategy) => {
  const { stats, nsPerAccess } = runJob({ strategy, tables: 24, timingMs: 0 }, keys);
  expect(stats.hits + stats.misses).toBe(keys.length);
  expect(stats.evictions).toBeLessThanOrEqual(stats.misses - 1);
  expect(stats.overflows).toBe(0);
  expect(nsPerAccess).toEqual([]);
});

it.each(strategyNames)('counts the same with times as without: %s', (strategy) => {
  const plain = runJob({ strategy, tables: 24, timingMs: 0 }, keys);
  const timed = runJob({ strategy, tables: 24, timingMs: 1 }, keys);
  expect(timed.stats).toEqual(plain.stats);
  expect(timed.nsPerAccess.length).toBeGreaterThanOrEqual(3);
  for (const ns of timed.nsPerAccess) expect(ns).toBeGreaterThan(0);
});

it('replays LRU over three slots as it is done by hand', () => {
  // A B C A D A: D puts B out, so both later uses of A are hits.
  const job = { strategy: 'lru-rbtree', tables: 3, timingMs: 0 };
  const { stats } = runJob(job, Float64Array.of(0, 1, 2, 0, 3, 0));
  expect(stats).toMatchObject({ hits: 2, misses: 4, evictions: 1 });
});
