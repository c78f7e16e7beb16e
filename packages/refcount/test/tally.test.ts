import { Prng } from '@q/block';
import { describe, expect, it } from 'vitest';
import { Tally, tallyWindows, type Refcounts } from '../src/index.ts';
import { emptyImage, openCounts } from './support/image.ts';

const CLUSTERS = 3000;

async function countsOf(refcounts: Refcounts): Promise<number[]> {
  const into = new Float64Array(CLUSTERS);
  await refcounts.readRange(0, into);
  return [...into];
}

/** Fills one tally for each window with what `names` says. */
function tallies(
  refcounts: Refcounts,
  names: readonly (readonly [first: number, count: number])[],
  clusters?: number,
): Tally[] {
  return tallyWindows(refcounts, clusters).map((window) => {
    const tally = new Tally(refcounts.geometry, window);
    for (const [first, count] of names) tally.add(first, count);
    return tally;
  });
}

describe.each([0, 1, 2, 3, 4, 5, 6])('counts of 2^%d bits', (order) => {
  const shape = { clusterBits: 9, order };

  it('go up and down by how often a cluster is named, in windows of any size', async () => {
    const random = new Prng(order);
    for (const window of [1, 700, undefined]) {
      const refcounts = await openCounts(emptyImage(shape), shape);
      const taken = await refcounts.allocate(CLUSTERS / 2);
      const before = await countsOf(refcounts);
      const expected = before.slice();
      const { maxRefcount } = refcounts.geometry;
      const names: [number, number][] = [];
      for (let i = 0; i < 60; i++) {
        const first = taken + random.below(CLUSTERS / 2 - 40);
        const count = 1 + random.below(40);
        const fits = expected.slice(first, first + count).every((n) => n < maxRefcount);
        if (!fits) continue;
        names.push([first, count]);
        for (let at = first; at < first + count; at++) expected[at]!++;
      }
      const up = tallies(refcounts, names, window);
      for (const tally of up) await refcounts.checkTally(tally, 1);
      expect(await countsOf(refcounts)).toEqual(before);
      for (const tally of up) await refcounts.adjustTally(tally, 1);
      expect(await countsOf(refcounts)).toEqual(expected);
      for (const tally of up) await refcounts.adjustTally(tally, -1);
      expect(await countsOf(refcounts)).toEqual(before);
      expect(names.length > 0).toBe(order > 0);
    }
  });

  it('an increment above the greatest count changes nothing', async () => {
    const refcounts = await openCounts(emptyImage(shape), shape);
    const first = await refcounts.allocate(1000);
    const { maxRefcount } = refcounts.geometry;
    await refcounts.adjust([{ first: first + 999, count: 1 }], maxRefcount - 1);
    const before = await countsOf(refcounts);
    const [tally] = tallies(refcounts, [[first, 1000]]);
    expect(() => refcounts.adjustTally(tally!, 1)).toThrow(
      expect.objectContaining({ code: 'limit', expected: maxRefcount }),
    );
    expect(await countsOf(refcounts)).toEqual(before);
  });

  it('a decrement below 0, and a named cluster that nothing counts, change nothing', async () => {
    const refcounts = await openCounts(emptyImage(shape), shape);
    const first = await refcounts.allocate(1000);
    const before = await countsOf(refcounts);
    const behind = refcounts.table.endOfBlocks() * refcounts.geometry.refcountsPerBlock;
    for (const names of [
      [
        [first, 1000],
        [first + 500, 1],
      ],
      [[first, 1001]],
      [[behind, 1]],
      [[0, 1]],
    ] as const) {
      const [tally] = tallies(refcounts, names);
      expect(() => refcounts.adjustTally(tally!, -1)).toThrow(
        expect.objectContaining({ code: 'corrupt' }),
      );
      expect(() => refcounts.checkTally(tally!, -1)).toThrow(
        expect.objectContaining({ code: 'corrupt' }),
      );
    }
    const [tally] = tallies(refcounts, [[first, 1001]]);
    expect(() => refcounts.adjustTally(tally!, 1)).toThrow();
    expect(await countsOf(refcounts)).toEqual(before);
  });
});

it('counts names past a byte', async () => {
  const shape = { clusterBits: 12, order: 4 };
  const refcounts = await openCounts(emptyImage(shape), shape);
  const first = await refcounts.allocate(3);
  const names = Array.from({ length: 1000 }, () => [first + 1, 1] as const);
  const [tally] = tallies(refcounts, [...names, [first, 2]]);
  expect(tally!.at(first + 1)).toBe(1001);
  await refcounts.adjustTally(tally!, 1);
  expect((await countsOf(refcounts)).slice(first, first + 3)).toEqual([2, 1002, 1]);
});

it('tells of the runs that became free, and lowers the hint to them', async () => {
  const shape = { clusterBits: 9, order: 4 };
  const freed: [number, number][] = [];
  const refcounts = await openCounts(emptyImage(shape), shape, {
    freed: (at, count) => void freed.push([at, count]),
  });
  const first = await refcounts.allocate(600);
  await refcounts.adjust([{ first: first + 20, count: 1 }], 1);
  freed.length = 0;
  refcounts.hint = first + 600;
  const [tally] = tallies(refcounts, [[first + 10, 500]]);
  await refcounts.adjustTally(tally!, -1);
  const runs = freed.flatMap(([at, count]) => Array.from({ length: count }, (_, i) => at + i));
  const expected = Array.from({ length: 500 }, (_, i) => first + 10 + i);
  expect(runs).toEqual(expected.filter((at) => at !== first + 20));
  expect(refcounts.hint).toBe(first + 10);
});
