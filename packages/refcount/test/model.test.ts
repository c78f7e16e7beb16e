// Random changes against a plain map, for all widths, with caches of one or two blocks.
import { MemoryDevice, Prng, withScheduler, type BlockDevice } from '@q/block';
import type { CacheStrategy } from '@q/cache';
import { lruRbtree } from '@q/cache-lru-rbtree';
import { qemuLinear } from '@q/cache-policies';
import { setAssoc } from '@q/cache-set-assoc';
import { describe, expect, it } from 'vitest';
import { emptyImage, metadataOf, OnDisk, openCounts, type Shape } from './support/image.ts';
import { firstDifference, Model } from './support/model.ts';

const LONG = process.env['Q_LONG'] === '1';

const STRATEGIES: readonly { name: string; make(): CacheStrategy }[] = [
  { name: 'tree of 1', make: () => lruRbtree({ tables: 1 }) },
  { name: 'direct-mapped, 2', make: () => setAssoc({ tables: 2, ways: 1 }) },
  { name: 'linear scan of 8', make: () => qemuLinear({ tables: 8 }) },
];

async function play(
  shape: Shape,
  seed: number,
  strategy: CacheStrategy,
  async: boolean,
): Promise<number> {
  const random = new Prng(seed);
  const file = emptyImage(shape);
  const device: BlockDevice = async ? withScheduler(file, { seed }) : file;
  const refcounts = await openCounts(device, shape, { strategy });
  const model = new Model(refcounts);
  const { refcountsPerBlock } = refcounts.geometry;
  // Now and then past the end of the table, so that it grows.
  const reach = Math.min(20_000, refcountsPerBlock * [120, 2, 30][seed % 3]!);
  for (let i = 0; i < 60; i++) {
    await model.step(model.draw(random, reach));
    if (i % 20 === 0) await model.check();
  }
  await model.check();
  refcounts.cache.assertIdle();
  await refcounts.write();
  await device.flush();
  const disk = new OnDisk(file, shape);
  expect(firstDifference(disk.counts(), model.expected())).toBe(-1);
  expect(metadataOf(disk)).toEqual(metadataOf(refcounts));
  return refcounts.table.clusters;
}

describe.each([9, 12, 16])('clusters of 2^%d bytes', (clusterBits) => {
  describe.each([0, 1, 2, 3, 4, 5, 6])('counts of 2^%d bits', (order) => {
    it.each(STRATEGIES)('match a plain map: $name', async (strategy) => {
      const runs = LONG ? 300 : clusterBits === 9 ? 3 : 1;
      let largest = 0;
      for (let seed = 1; seed <= runs; seed++) {
        for (const async of [false, true]) {
          const clusters = await play({ clusterBits, order }, seed, strategy.make(), async).catch(
            (error: unknown) => {
              throw new Error(`seed ${seed}, asynchronous ${async}: ${String(error)}`, {
                cause: error,
              });
            },
          );
          largest = Math.max(largest, clusters);
        }
      }
      // Small blocks make the table grow.
      if (clusterBits === 9 && order >= 5) expect(largest).toBeGreaterThan(1);
    });
  });
});

describe('a file that does not grow', () => {
  it('is used to its last cluster, and then has no space', async () => {
    const shape = { clusterBits: 9, order: 4 };
    const file = emptyImage(shape, new MemoryDevice(512 * 700 + 100, { fixed: true }));
    const refcounts = await openCounts(file, shape);
    const taken: number[] = [];
    for (;;) {
      const range = await Promise.resolve()
        .then(() => refcounts.allocateUpTo(7))
        .catch((error: unknown) => {
          expect(error).toMatchObject({ code: 'no-space', expected: 700 * 512 });
          return undefined;
        });
      if (range === undefined) break;
      for (let i = 0; i < range.count; i++) taken.push(range.first + i);
    }
    const metadata = metadataOf(refcounts);
    expect(taken.length + metadata.size).toBe(700);
    expect(() => refcounts.allocate(2)).toThrow(/full and cannot grow/);
    expect(() => refcounts.allocate(1000)).toThrow(/full and cannot grow/);
    expect(file.size).toBe(512 * 700 + 100);
    // What is given back can be taken again.
    await refcounts.adjust([{ first: 100, count: 2 }], -1);
    expect(await refcounts.allocate(2)).toBe(100);
    expect(() => refcounts.allocateUpTo(1)).toThrow(/full and cannot grow/);
  });
});
