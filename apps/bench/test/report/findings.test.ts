import { expect, it } from 'vitest';
import type { Comparison, Run, Unlimited } from '../../src/experiment/result.ts';
import { findings } from '../../src/report/findings.ts';
import { runsByMap } from '../../src/report/runs-of-map.ts';

function comparisonOf(misses: Record<string, number[]>, ns: number | null = null): Comparison {
  const runs = Object.entries(misses).flatMap(([strategy, counts]) =>
    counts.map((count, i) => runOf(strategy, 2 ** (i + 3), count, ns)),
  );
  const { map, span, tableBytes, accesses } = runs[0]!;
  const bound: Unlimited = { map, span, tableBytes, accesses, misses: 10, bytesLoaded: 40960 };
  return { runs, unlimited: [bound] } as unknown as Comparison;
}

function runOf(strategy: string, tables: number, misses: number, nsPerAccess: number | null): Run {
  const counts = { requests: 1000, accesses: 1000, hits: 1000 - misses, misses, evictions: 0 };
  const mapping = { map: 'l2slice4k', span: 2 ** 25, tableBytes: 4096 };
  const work = { probes: 0, rotations: 0, nsPerAccess, nsQuartiles: null };
  return { strategy, tables, ...mapping, ...counts, bytesLoaded: misses * 4096, ...work };
}

it('shows the size at which Belady leaves the reference most to gain', () => {
  const comparison = comparisonOf({ 'lru-rbtree': [400, 200, 50], belady: [300, 80, 45] });
  expect(runsByMap(comparison)[0]).toMatchObject({ tellingSize: 16, reference: 'lru-rbtree' });
});

it('shows the middle size without Belady, and takes the first strategy as reference without LRU', () => {
  const comparison = comparisonOf({ sieve: [400, 200, 50], fifo: [500, 300, 60] });
  expect(runsByMap(comparison)[0]).toMatchObject({ tellingSize: 16, reference: 'sieve' });
});

it('names the best and the worst strategy against LRU, and the bound', () => {
  const [headline, bound, cold] = findings(
    comparisonOf({ 'lru-rbtree': [200], sieve: [180], fifo: [250], belady: [100] }),
  );
  expect(headline).toBe(
    'With 8 tables of 4 KiB (32 KiB of cache), sieve misses least: 18.0% of 1,000 look-ups, 10% fewer than lru-rbtree (20.0%); ' +
      'fifo misses most, 25% more than lru-rbtree.',
  );
  expect(bound).toContain('10.0% there, 50% fewer than lru-rbtree');
  expect(cold).toContain('an unlimited cache misses 1.00%');
});

it('says so when nothing beats the reference', () => {
  const [headline] = findings(
    comparisonOf({ 'lru-rbtree': [200], 'qemu-linear': [200], fifo: [250] }),
  );
  expect(headline).toContain(
    'no strategy misses less than lru-rbtree and qemu-linear: 20.0% of 1,000 look-ups; fifo misses most, 25% more than lru-rbtree.',
  );
});

it('lists all that miss most when several do', () => {
  const [headline] = findings(comparisonOf({ 'lru-rbtree': [200], sieve: [100], fifo: [200] }));
  expect(headline).toMatch(
    /50% fewer than lru-rbtree \(20\.0%\); lru-rbtree and fifo miss most\.$/,
  );
});
