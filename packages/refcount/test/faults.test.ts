// Each request of a sequence fails in turn, once or several times in a row: nothing changes by a call that fails, and doing it again works.
import { isImageError, MemoryDevice, Prng, withFaults, withScheduler } from '@q/block';
import { lruRbtree } from '@q/cache-lru-rbtree';
import { describe, expect, it } from 'vitest';
import { emptyImage, metadataOf, OnDisk, openCounts, type Shape } from './support/image.ts';
import { firstDifference, Model, type Op } from './support/model.ts';

const LONG = process.env['Q_LONG'] === '1';

/** Small blocks, so that a short sequence makes blocks and tables. */
const SHAPE: Shape = { clusterBits: 9, order: 6 };

/** Takes, bulk changes over many blocks, a run longer than a block counts, and growth in the middle of a bulk change. */
function sequence(seed: number): Op[] {
  const random = new Prng(seed);
  const spread = (): number[] => {
    const clusters = Array.from({ length: 40 }, () => 10 + random.below(600));
    return clusters.sort((a, b) => a - b);
  };
  const many = spread();
  return [
    { kind: 'take', count: 5 },
    { kind: 'takeRun', count: 20 },
    { kind: 'sorted', clusters: many, delta: 2 },
    { kind: 'write' },
    { kind: 'takeRun', count: 100 + random.below(100) },
    {
      kind: 'adjust',
      ranges: [
        { first: 2000, count: 90 },
        { first: 4090, count: 30 },
      ],
      delta: 1,
    },
    { kind: 'sorted', clusters: many, delta: -1 },
    { kind: 'take', count: 3 },
    { kind: 'write' },
    {
      kind: 'adjust',
      ranges: [
        { first: 2010, count: 70 },
        { first: 4095, count: 2 },
      ],
      delta: -1,
    },
    { kind: 'sorted', clusters: many, delta: -1 },
    { kind: 'takeRun', count: 4500 },
    { kind: 'write' },
  ];
}

/** Plays the sequence with request `nth` failing, and those behind it. @returns whether it was reached */
async function play(seed: number, nth: number, times: number, async: boolean): Promise<boolean> {
  const memory = emptyImage(SHAPE);
  const torn = seed % 2 === 0 ? 0 : 512;
  const faulty = withFaults(memory, []);
  const device = async ? withScheduler(faulty, { seed }) : faulty;
  const refcounts = await openCounts(device, SHAPE, { strategy: lruRbtree({ tables: 2 }) });
  const model = new Model(refcounts);
  faulty.setRules([{ nth, times, torn }]);
  const again = async (work: () => Promise<void>): Promise<void> => {
    for (let tries = 0; ; tries++) {
      try {
        return await work();
      } catch (error) {
        if (!isImageError(error, 'io') || tries > times + 2) throw error;
      }
    }
  };
  for (const op of sequence(seed)) {
    // After each failure everything is as it was before.
    await again(async () => {
      try {
        await model.step(op);
      } catch (error) {
        refcounts.cache.assertIdle();
        await again(() => model.check());
        throw error;
      }
    });
  }
  await again(() => model.check());
  await again(() => Promise.resolve(refcounts.write()));
  refcounts.cache.assertIdle();
  expect(metadataOf(new OnDisk(memory, SHAPE))).toEqual(metadataOf(refcounts));
  expect(firstDifference(new OnDisk(memory, SHAPE).counts(), model.expected())).toBe(-1);
  return faulty.failures > 0;
}

describe('a request that fails changes nothing', () => {
  for (const times of [1, 2, 4]) {
    for (const async of [false, true]) {
      it(`${times} in a row, ${async ? 'asynchronous' : 'synchronous'}`, async () => {
        for (let seed = 1; seed <= (LONG ? 20 : 1); seed++) {
          let reached = 0;
          for (let nth = 1; ; nth += LONG ? 1 : 2 * times) {
            const failed = await play(seed, nth, times, async).catch((error: unknown) => {
              throw new Error(`seed ${seed}, request ${nth}: ${String(error)}`, { cause: error });
            });
            if (!failed) break;
            reached++;
          }
          expect(reached).toBeGreaterThan(LONG ? 150 : 20);
        }
      });
    }
  }
});

describe('what a failure leaves uncertain', () => {
  it('is which table the header names: it is written again before anything else', async () => {
    const memory = new MemoryDevice();
    const faulty = withFaults(emptyImage(SHAPE, memory), []);
    const refcounts = await openCounts(faulty, SHAPE);
    const before = refcounts.table.offset;
    // The header is written, and then its flush fails.
    let wrote = false;
    faulty.setRules([
      { on: 'write', times: Infinity, when: ({ offset }) => ((wrote ||= offset === 48), false) },
      { on: 'flush', when: () => wrote },
    ]);
    expect(() => refcounts.adjust([{ first: 64 * 64, count: 1 }], 1)).toThrow('injected');
    expect(new OnDisk(memory, SHAPE).table.offset).not.toBe(before);
    expect(refcounts.table.offset).toBe(before);
    await refcounts.allocateUpTo(1);
    expect(new OnDisk(memory, SHAPE).table.offset).toBe(before);
  });

  it('is a table entry: it is written again before its block can become something else', async () => {
    const memory = new MemoryDevice();
    const faulty = withFaults(emptyImage(SHAPE, memory), []);
    const refcounts = await openCounts(faulty, SHAPE);
    let wrote = false;
    faulty.setRules([
      {
        on: 'write',
        times: Infinity,
        when: ({ offset }) => ((wrote ||= offset === 512 + 3 * 8), false),
      },
      { on: 'flush', when: () => wrote },
    ]);
    expect(() => refcounts.adjust([{ first: 3 * 64 + 5, count: 1 }], 1)).toThrow('injected');
    expect(new OnDisk(memory, SHAPE).table.blocks[3]).toBe(3 * 64 * 512);
    expect(refcounts.table.blocks[3]).toBe(0);
    await refcounts.write();
    expect(new OnDisk(memory, SHAPE).table.blocks[3]).toBe(0);
  });

  it('is half a bulk change: it is taken back before anything else, also when that fails half-way', async () => {
    const memory = emptyImage(SHAPE);
    const faulty = withFaults(memory, []);
    const refcounts = await openCounts(faulty, SHAPE, { strategy: lruRbtree({ tables: 1 }) });
    const list = Float64Array.from({ length: 20 }, (_, i) => 20 + i * 64);
    await refcounts.adjustSorted(list, 3);
    await refcounts.write();
    // The second pass loads blocks again: its 12th fails, then every 5th.
    faulty.setRules([{ on: 'read', nth: 32 }]);
    expect(() => refcounts.adjustSorted(list, -1)).toThrow('injected');
    for (let i = 0; i < 3; i++) {
      faulty.setRules([{ on: 'read', nth: 16 }]);
      expect(() => refcounts.read(20)).toThrow('injected');
    }
    faulty.setRules([]);
    for (const cluster of list) expect(await refcounts.read(cluster)).toBe(3);
  });

  it('is no old table that cannot be given back now: that is done later', async () => {
    const memory = emptyImage(SHAPE);
    const faulty = withFaults(memory, []);
    const refcounts = await openCounts(faulty, SHAPE, { strategy: lruRbtree({ tables: 1 }) });
    await refcounts.adjust([{ first: 70, count: 1 }], 1);
    let moved = false;
    faulty.setRules([
      { on: 'write', times: Infinity, when: ({ offset }) => ((moved ||= offset === 48), false) },
      { on: 'read', when: () => moved },
    ]);
    await refcounts.adjust([{ first: 64 * 64, count: 1 }], 1);
    expect(faulty.failures).toBe(1);
    expect(await refcounts.read(1)).toBe(0);
    expect(await refcounts.read(64 * 64)).toBe(1);
    expect(refcounts.hint).toBe(1);
  });
});
