import { MemoryDevice } from '@q/block';
import { lruRbtree } from '@q/cache-lru-rbtree';
import { describe, expect, it } from 'vitest';
import { REFCOUNT_TABLE_MAX_BYTES } from '../src/index.ts';
import { emptyImage, metadataOf, OnDisk, openCounts, type Shape } from './support/image.ts';

/** 256 counts in a block, 64 entries in a table of one cluster. */
const SHAPE: Shape = { clusterBits: 9, order: 4 };

describe('allocateUpTo', () => {
  it('takes the first free clusters, no more than asked, and no more than lie together', async () => {
    const refcounts = await openCounts(emptyImage(SHAPE), SHAPE);
    expect(refcounts.allocateUpTo(4)).toEqual({ first: 3, count: 4 });
    expect(refcounts.allocateUpTo(1)).toEqual({ first: 7, count: 1 });
    void refcounts.adjust([{ first: 10, count: 1 }], 1);
    expect(refcounts.allocateUpTo(100)).toEqual({ first: 8, count: 2 });
    expect(refcounts.allocateUpTo(1000)).toEqual({ first: 11, count: 256 - 11 });
    // The next block lies in the first cluster that it counts.
    expect(refcounts.allocateUpTo(1000)).toEqual({ first: 257, count: 255 });
    expect(refcounts.table.blocks[1]).toBe(256 * 512);
    expect(refcounts.read(256)).toBe(1);
  });

  it('goes back to a lower cluster that has been given back', async () => {
    const refcounts = await openCounts(emptyImage(SHAPE), SHAPE);
    for (let i = 0; i < 1000; i++) void refcounts.allocateUpTo(1);
    void refcounts.adjust([{ first: 700, count: 1 }], -1);
    void refcounts.adjustSorted(Uint32Array.of(100, 500), -1);
    expect(refcounts.hint).toBe(100);
    const next = Array.from({ length: 3 }, () => refcounts.allocateUpTo(1));
    expect(next).toMatchObject([{ first: 100 }, { first: 500 }, { first: 700 }]);
  });

  it('does not look through a full image again', async () => {
    const refcounts = await openCounts(emptyImage(SHAPE), SHAPE, {
      strategy: lruRbtree({ tables: 2 }),
    });
    for (let i = 0; i < 60; i++) void refcounts.allocateUpTo(1000);
    const full = refcounts.hint;
    const { stats } = refcounts.cache.strategy;
    // As after opening: everything is looked through once.
    refcounts.hint = 1;
    let before = stats.hits + stats.misses;
    expect(refcounts.allocateUpTo(1)).toMatchObject({ first: full + 1 });
    expect(stats.hits + stats.misses - before).toBeGreaterThanOrEqual(60);
    before = stats.hits + stats.misses;
    for (let i = 0; i < 200; i++) void refcounts.allocateUpTo(1);
    expect(stats.hits + stats.misses - before).toBe(200);
    // One lower cluster that is free costs its own block, and those behind it once.
    void refcounts.adjust([{ first: 20, count: 1 }], -1);
    before = stats.hits + stats.misses;
    expect(refcounts.allocateUpTo(1)).toEqual({ first: 20, count: 1 });
    expect(stats.hits + stats.misses - before).toBe(1);
  });

  it('is synchronous while the device is', async () => {
    const refcounts = await openCounts(emptyImage(SHAPE), SHAPE);
    for (let i = 0; i < 20_000; i++) expect(refcounts.allocateUpTo(1)).not.toBeInstanceOf(Promise);
    // Past 8 MiB the table has grown, and has grown again.
    expect(refcounts.table.clusters).toBeGreaterThan(1);
    void refcounts.write();
    const disk = new OnDisk(refcounts.file as MemoryDevice, SHAPE);
    const counts = disk.counts();
    expect(counts.filter((count) => count === 1)).toHaveLength(20_000 + metadataOf(refcounts).size);
    expect(counts.some((count) => count > 1)).toBe(false);
  });

  it('finds free clusters of a device that does not grow, and no more', async () => {
    const file = emptyImage(SHAPE, new MemoryDevice(20 * 512, { fixed: true }));
    const refcounts = await openCounts(file, SHAPE);
    expect(refcounts.allocateUpTo(1000)).toEqual({ first: 3, count: 17 });
    expect(() => refcounts.allocateUpTo(1)).toThrow(
      expect.objectContaining({ code: 'no-space', offset: 20 * 512 }),
    );
    expect(() => refcounts.allocate(2)).toThrow(expect.objectContaining({ code: 'no-space' }));
  });
});

describe('allocate', () => {
  it('takes a run across the end of a block, the first that is long enough', async () => {
    const refcounts = await openCounts(emptyImage(SHAPE), SHAPE);
    // The second block is not in the way: its first cluster is somebody's.
    void refcounts.adjust([{ first: 256, count: 1 }], 1);
    expect(refcounts.table.blocks[1]).toBe(257 * 512);
    while (refcounts.hint < 512) void refcounts.allocateUpTo(1000);
    const free = [
      { first: 20, count: 6 },
      { first: 250, count: 7 },
      { first: 300, count: 7 },
    ];
    void refcounts.adjust(free, -1);
    expect(refcounts.allocate(7)).toBe(250);
    expect(refcounts.allocate(3)).toBe(20);
    expect(refcounts.allocate(4)).toBe(300);
    expect(refcounts.allocateUpTo(9)).toEqual({ first: 23, count: 3 });
    expect(refcounts.allocateUpTo(9)).toEqual({ first: 304, count: 3 });
  });

  it('lays out a run that is longer than what a block counts, with blocks of its own', async () => {
    const refcounts = await openCounts(emptyImage(SHAPE), SHAPE);
    const first = await refcounts.allocate(600);
    expect(first).toBe(256 + 3);
    expect(refcounts.table.blocks.slice(1, 4)).toEqual(
      Float64Array.of(256 * 512, 257 * 512, 258 * 512),
    );
    const counts = new Uint32Array(4 * 256);
    void refcounts.readRange(0, counts);
    expect(counts.lastIndexOf(1)).toBe(first + 599);
    // The counts are on disk already, and what is in front is used later.
    expect(new OnDisk(refcounts.file as MemoryDevice, SHAPE).counts()[first + 599]).toBe(1);
    expect(refcounts.allocateUpTo(1)).toEqual({ first: 3, count: 1 });
  });

  it('grows the table first when the run needs more blocks than it has entries for', async () => {
    const refcounts = await openCounts(emptyImage(SHAPE), SHAPE);
    const count = 256 * 200;
    const first = await refcounts.allocate(count);
    expect(refcounts.table.clusters).toBeGreaterThan(3);
    const counts = new Uint32Array(count + 10);
    void refcounts.readRange(first, counts);
    expect(counts.indexOf(0)).toBe(count);
    expect(await refcounts.read(1)).toBe(0);
    const disk = new OnDisk(refcounts.file as MemoryDevice, SHAPE);
    expect(metadataOf(disk)).toEqual(metadataOf(refcounts));
    for (const cluster of metadataOf(refcounts)) expect(await refcounts.read(cluster)).toBe(1);
  });

  it('refuses what is no number of clusters', async () => {
    const refcounts = await openCounts(emptyImage(SHAPE), SHAPE);
    for (const count of [0, -1, 1.5, NaN, Infinity]) {
      expect(() => refcounts.allocate(count)).toThrow(RangeError);
      expect(() => refcounts.allocateUpTo(count)).toThrow(RangeError);
    }
  });
});

describe('the table', () => {
  it('stops growing where it would not be opened any more, and nothing has changed', async () => {
    const shape: Shape = { clusterBits: 9, order: 6 };
    const refcounts = await openCounts(emptyImage(shape), shape);
    const most = (REFCOUNT_TABLE_MAX_BYTES / 8) * 64;
    expect(() => refcounts.adjust([{ first: most, count: 1 }], 1)).toThrow(
      expect.objectContaining({ code: 'no-space', expected: REFCOUNT_TABLE_MAX_BYTES }),
    );
    expect(refcounts.table.clusters).toBe(1);
    await refcounts.adjust([{ first: most / 2, count: 1 }], 1);
    expect(refcounts.table.clusters * 512).toBeLessThanOrEqual(REFCOUNT_TABLE_MAX_BYTES);
    expect(await refcounts.read(most / 2)).toBe(1);
  });

  it('grows to the largest size even where half as much again would be too much', async () => {
    const shape: Shape = { clusterBits: 18, order: 6 };
    const refcounts = await openCounts(emptyImage(shape), shape);
    const { refcountsPerBlock } = refcounts.geometry;
    for (const clusters of [28, 32]) {
      const last = clusters * 2 ** 15 - 10;
      await refcounts.adjust([{ first: last * refcountsPerBlock, count: 1 }], 1);
      expect(refcounts.table.clusters).toBe(clusters);
      expect(await refcounts.read(last * refcountsPerBlock)).toBe(1);
    }
    expect(refcounts.table.clusters * 2 ** 18).toBe(REFCOUNT_TABLE_MAX_BYTES);
  });
});
