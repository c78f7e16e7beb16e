import { MemoryDevice } from '@q/block';
import { lruRbtree } from '@q/cache-lru-rbtree';
import { setRefcount64 } from '@q/format';
import { describe, expect, it } from 'vitest';
import type { Refcounts } from '../src/index.ts';
import {
  emptyImage,
  metadataOf,
  openCounts,
  type OpenOptions,
  type Shape,
} from './support/image.ts';

const SHAPE: Shape = { clusterBits: 9, order: 4 };

async function open(shape: Shape = SHAPE, options: OpenOptions = {}): Promise<Refcounts> {
  return await openCounts(emptyImage(shape), shape, options);
}

function countsOf(refcounts: Refcounts, first: number, count: number): number[] {
  const counts = new Float64Array(count);
  void refcounts.readRange(first, counts);
  return [...counts];
}

describe('an error changes nothing', () => {
  it.each([0, 1, 2, 3, 4, 5, 6])('at the greatest count of 2^%d bits', async (order) => {
    const refcounts = await open({ clusterBits: 9, order });
    const { maxRefcount } = refcounts.geometry;
    void refcounts.adjust([{ first: 10, count: 5 }], maxRefcount);
    void refcounts.adjust([{ first: 12, count: 1 }], -1);
    void refcounts.adjust([{ first: 20, count: 1 }], 1);
    const before = countsOf(refcounts, 0, 64);
    const limit = expect.objectContaining({ code: 'limit', expected: maxRefcount });
    const inTwoBlocks = [
      { first: 20, count: 2 },
      { first: 9, count: 2 },
    ];
    expect(() => refcounts.adjust(inTwoBlocks, 1)).toThrow(limit);
    expect(
      () =>
        void refcounts.adjust(
          [
            { first: 12, count: 1 },
            { first: 11, count: 2 },
          ],
          1,
        ),
    ).toThrow(limit);
    expect(() => refcounts.adjustSorted(Float64Array.of(5, 12, 12), 1)).toThrow(limit);
    expect(countsOf(refcounts, 0, 64)).toEqual(before);
  });

  it('below 0, in ranges that overlap and in lists with duplicates', async () => {
    const refcounts = await open();
    void refcounts.adjust([{ first: 10, count: 500 }], 1);
    void refcounts.adjust([{ first: 200, count: 100 }], 1);
    const before = countsOf(refcounts, 0, 600);
    const corrupt = expect.objectContaining({ code: 'corrupt', subject: 'refcount' });
    // Each alone would do; together they take 3 where 2 are.
    const ranges = [
      { first: 10, count: 400 },
      { first: 190, count: 105 },
      { first: 250, count: 1 },
    ];
    expect(() => refcounts.adjust(ranges, -1)).toThrow(corrupt);
    expect(() => refcounts.adjustSorted(Uint32Array.of(20, 299, 299, 299), -1)).toThrow(corrupt);
    expect(() => refcounts.adjust([{ first: 100_000, count: 1 }], -1)).toThrow(corrupt);
    expect(countsOf(refcounts, 0, 600)).toEqual(before);
    void refcounts.adjust([ranges[0]!, { first: 200, count: 100 }], -1);
    const after = countsOf(refcounts, 0, 600);
    expect(after.slice(10, 410)).toEqual(Array.from({ length: 400 }, () => 0));
    expect(after[410]).toBe(1);
  });

  it('for a count past 2^53, which is not exact', async () => {
    const shape = { clusterBits: 9, order: 6 };
    const file = emptyImage(shape);
    const block = new Uint8Array(8);
    setRefcount64(block, 0, 2n ** 60n + 3n);
    file.write(block, 2 * 512 + 10 * 8);
    const refcounts = await openCounts(file, shape);
    for (const delta of [1, -1]) {
      expect(() => refcounts.adjust([{ first: 9, count: 3 }], delta)).toThrow(
        expect.objectContaining({ code: delta > 0 ? 'limit' : 'corrupt' }),
      );
      expect(() => refcounts.adjustSorted(Float64Array.of(10), delta)).toThrow(
        expect.objectContaining({ code: 'limit' }),
      );
    }
    refcounts.cache.assertIdle();
  });

  it('for the cluster of the header, which is never free', async () => {
    const refcounts = await open();
    const corrupt = expect.objectContaining({ code: 'corrupt', offset: 0 });
    expect(() => refcounts.adjust([{ first: 0, count: 1 }], -1)).toThrow(corrupt);
    expect(() => refcounts.adjustSorted(Float64Array.of(0), -1)).toThrow(corrupt);
    void refcounts.adjust([{ first: 0, count: 1 }], 1);
    expect(() => refcounts.adjustSorted(Float64Array.of(0, 0), -1)).toThrow(corrupt);
    void refcounts.adjustSorted(Float64Array.of(0), -1);
    expect(refcounts.read(0)).toBe(1);
  });

  it('for what is no range, no sorted list, no whole delta', async () => {
    const refcounts = await open();
    const before = refcounts.table;
    for (const range of [
      { first: -1, count: 2 },
      { first: 0.5, count: 1 },
      { first: 3, count: -1 },
      { first: NaN, count: 1 },
      { first: Number.MAX_SAFE_INTEGER, count: 5 },
    ]) {
      expect(() => refcounts.adjust([range], 1)).toThrow(RangeError);
    }
    for (const list of [[5, 4], [5.5], [-1], [NaN], [10, 5000, 20], [100_000, 3], [4, Infinity]]) {
      expect(() => refcounts.adjustSorted(Float64Array.from(list), 1)).toThrow(RangeError);
      expect(() => refcounts.adjustSorted(Float64Array.from(list), -1)).toThrow();
    }
    expect(() => refcounts.adjust([{ first: 5, count: 1 }], 0.5)).toThrow(RangeError);
    expect(() => refcounts.adjustSorted(Float64Array.of(5), NaN)).toThrow(RangeError);
    expect(refcounts.table).toBe(before);
    expect(countsOf(refcounts, 0, 256)).toEqual([1, 1, 1, ...Array.from({ length: 253 }, () => 0)]);
  });
});

describe('in bulk', () => {
  it('visits each block twice, and once when there is only one', async () => {
    const refcounts = await open(SHAPE, { strategy: lruRbtree({ tables: 1 }) });
    void refcounts.adjust([{ first: 10, count: 10_000 }], 1);
    const { stats } = refcounts.cache.strategy;
    const accesses = (work: () => unknown): number => {
      const before = stats.hits + stats.misses;
      void work();
      return stats.hits + stats.misses - before;
    };
    const list = Uint32Array.from({ length: 10_000 }, (_, i) => i + 10);
    expect(accesses(() => refcounts.adjustSorted(list, 1))).toBe(2 * 40);
    expect(accesses(() => refcounts.adjustSorted(list.subarray(0, 200), 1))).toBe(1);
    const scattered = [7000, 20, 5000, 21].map((first) => ({ first, count: 300 }));
    expect(accesses(() => refcounts.adjust(scattered, 1))).toBe(2 * (2 + 2 + 2));
    expect(accesses(() => refcounts.adjust([{ first: 30, count: 3 }], 1))).toBe(1);
    expect(accesses(() => refcounts.adjust([{ first: 30, count: 0 }], 1))).toBe(0);
    expect(accesses(() => refcounts.adjust([{ first: 30, count: 3 }], 0))).toBe(0);
  });

  it('tells of clusters that have become free, run by run, and waits for what has to be dropped', async () => {
    const freed: string[] = [];
    let drop!: () => void;
    const refcounts = await open(SHAPE, {
      freed: (first, count) => {
        freed.push(`${first}+${count}`);
        if (first === 500) return new Promise((resolve) => (drop = resolve));
        return undefined;
      },
    });
    void refcounts.adjust([{ first: 10, count: 600 }], 1);
    void refcounts.adjust([{ first: 300, count: 10 }], 1);
    freed.length = 0;
    void refcounts.adjust([{ first: 290, count: 30 }], -1);
    void refcounts.adjustSorted(Float64Array.of(20, 21, 22, 250, 300, 300 + 1), -1);
    expect(freed).toEqual(['290+10', '310+10', '20+3', '250+1', '300+2']);
    let done = false;
    const waiting = Promise.resolve(refcounts.adjust([{ first: 500, count: 1 }], -1)).then(
      () => (done = true),
    );
    for (let i = 0; i < 10; i++) await undefined;
    expect(done).toBe(false);
    drop();
    await waiting;
  });

  it('makes blocks outside of the clusters that somebody takes for himself', async () => {
    const made: number[] = [];
    const refcounts = await open(SHAPE, { metadataAt: (offset) => made.push(offset / 512) });
    // The first cluster of the second span is spoken for, then all of the third and fourth.
    await refcounts.adjust([{ first: 256, count: 2 }], 1);
    expect(made).toEqual([258]);
    await refcounts.adjustSorted(
      Float64Array.from({ length: 600 }, (_, i) => 512 + i),
      1,
    );
    expect(made.filter((cluster) => cluster >= 512 && cluster < 1112)).toEqual([]);
    const counts = countsOf(refcounts, 256, 1200);
    expect(counts.slice(0, 3)).toEqual([1, 1, 1]);
    expect(counts.slice(256, 856).every((count) => count === 1)).toBe(true);
    for (const cluster of metadataOf(refcounts)) expect(await refcounts.read(cluster)).toBe(1);
  });

  it('moves the table out of the way, too', async () => {
    const refcounts = await open();
    const first = 64 * 256 - 100;
    await refcounts.adjust([{ first, count: 2000 }], 2);
    const metadata = [...metadataOf(refcounts)];
    expect(metadata.filter((cluster) => cluster >= first && cluster < first + 2000)).toEqual([]);
    expect(refcounts.table.clusters).toBeGreaterThan(1);
    expect(new Set(countsOf(refcounts, first, 2000))).toEqual(new Set([2]));
    for (const cluster of metadata) expect(await refcounts.read(cluster)).toBe(1);
    expect(await refcounts.read(1)).toBe(0);
  });
});

describe('damage', () => {
  it('is found when an entry of the table is needed, and not before', async () => {
    const file = emptyImage(SHAPE);
    const entry = new DataView(new ArrayBuffer(16));
    entry.setBigUint64(0, 512n * 3n + 8n * 32n);
    entry.setBigUint64(8, 512n * 1000n);
    file.write(new Uint8Array(entry.buffer), 512 + 16);
    const refcounts = await openCounts(file, SHAPE);
    expect(refcounts.allocateUpTo(1)).toEqual({ first: 3, count: 1 });
    const corrupt = expect.objectContaining({ code: 'corrupt', subject: 'refcount table entry' });
    // Entry 2 is not aligned, entry 3 is past the end of the file.
    expect(() => refcounts.read(512)).toThrow(corrupt);
    expect(() => refcounts.adjust([{ first: 800, count: 1 }], 1)).toThrow(corrupt);
    // A table with such entries is not moved: what they were would be lost.
    expect(() => refcounts.adjust([{ first: 64 * 256, count: 1 }], 1)).toThrow(corrupt);
    expect(refcounts.table.clusters).toBe(1);
  });

  it('is a missing block for the header', async () => {
    const file = emptyImage(SHAPE);
    file.write(new Uint8Array(8), 512);
    const refcounts = await openCounts(file, SHAPE);
    expect(() => refcounts.allocateUpTo(1)).toThrow(expect.objectContaining({ code: 'corrupt' }));
    expect(refcounts.read(2)).toBe(0);
  });

  it('is a table whose clusters count 0: it is told once, and the table has moved', async () => {
    const file = emptyImage(SHAPE);
    file.write(Uint8Array.of(0, 1, 0, 0, 0, 1), 2 * 512);
    const refcounts = await openCounts(file, SHAPE);
    const far = [{ first: 64 * 256, count: 1 }];
    expect(() => refcounts.adjust(far, 1)).toThrow(expect.objectContaining({ code: 'corrupt' }));
    expect(refcounts.table.clusters).toBeGreaterThan(1);
    expect(refcounts.adjust(far, 1)).toBeUndefined();
  });
});

describe('reading', () => {
  it('finds 0 where nothing is counted', async () => {
    const refcounts = await open();
    expect(refcounts.read(2)).toBe(1);
    expect(refcounts.read(3)).toBe(0);
    expect(refcounts.read(300)).toBe(0);
    expect(refcounts.read(2 ** 44)).toBe(0);
    const counts = new Uint32Array(600).fill(7);
    void refcounts.readRange(1, counts);
    expect([counts[0], counts[1], counts[2], counts[599]]).toEqual([1, 1, 0, 0]);
  });

  it('sees what another opening of the image has written', async () => {
    const file = new MemoryDevice();
    const refcounts = await openCounts(emptyImage(SHAPE, file), SHAPE);
    void refcounts.adjust([{ first: 20, count: 3 }], 5);
    const other = async (): Promise<number> => await (await openCounts(file, SHAPE)).read(21);
    expect(await other()).toBe(0);
    void refcounts.write();
    expect(await other()).toBe(5);
  });
});
