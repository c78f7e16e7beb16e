// A power cut at any instant: no count on disk is below what was durable and is still used, and nothing is named that is not on disk.
import { Prng, withPowerCut, type MemoryDevice } from '@q/block';
import { lruRbtree } from '@q/cache-lru-rbtree';
import { describe, expect, it } from 'vitest';
import { emptyImage, metadataOf, OnDisk, openCounts, type Shape } from './support/image.ts';
import { Model, type Op } from './support/model.ts';

const LONG = process.env['Q_LONG'] === '1';

/** Throws unless the image can be opened, and counts at least `needed` users of each cluster, and itself. */
function judge(image: MemoryDevice, shape: Shape, needed: ReadonlyMap<number, number>): void {
  const disk = new OnDisk(image, shape);
  for (const cluster of metadataOf(disk)) {
    if (disk.count(cluster) < 1) throw new Error(`metadata cluster ${cluster} counts 0`);
  }
  for (const [cluster, users] of needed) {
    const found = disk.count(cluster);
    if (found < users) throw new Error(`cluster ${cluster} counts ${found}, and has ${users}`);
  }
}

/** Now and then past the end of the table, and whole spans that nothing counts yet. */
function forced(i: number): Op | undefined {
  if (i % 16 !== 15) return undefined;
  return { kind: 'adjust', ranges: [{ first: 128 * (60 + i), count: 300 }], delta: 1 };
}

async function play(shape: Shape, seed: number, tables: number): Promise<number> {
  const random = new Prng(seed);
  // Users that were durable and have not been given back since.
  const needed = new Map<number, number>();
  let judged = 0;
  let growth = 0;
  const look = (count: number): void => {
    for (const { image } of cut.survivors({ seed: random.uint32(), count })) {
      judge(image, shape, needed);
      judged++;
    }
  };
  const cut = withPowerCut(emptyImage(shape), { onFlush: () => look(6) });
  const refcounts = await openCounts(cut, shape, { strategy: lruRbtree({ tables }) });
  const model = new Model(refcounts);
  const lower = (op: Op): void => {
    // What is to be given back may be gone from then on.
    if (op.kind !== 'adjust' && op.kind !== 'sorted') return;
    if (op.delta > 0) return;
    const clusters =
      op.kind === 'sorted'
        ? op.clusters
        : op.ranges.flatMap(({ first, count }) =>
            Array.from({ length: count }, (_, i) => first + i),
          );
    for (const cluster of clusters) {
      const users = needed.get(cluster) ?? 0;
      needed.set(cluster, Math.max(0, users + op.delta));
    }
  };
  for (let i = 0; i < 50; i++) {
    const op = forced(i) ?? model.draw(random, 64 * random.pick([10, 70, 100]));
    if (model.verdict(op) !== 'fine') continue;
    lower(op);
    const { clusters } = refcounts.table;
    await model.step(op);
    growth += refcounts.table.clusters - clusters;
    if (random.chance(0.3)) look(2);
    if (random.chance(0.2)) {
      await refcounts.write();
      look(3);
      await cut.flush();
      for (const [cluster, users] of model.users) needed.set(cluster, users);
      look(1);
    }
  }
  expect(judged).toBeGreaterThan(50);
  return growth;
}

describe('after a power cut counts are not too low, and all that is named is there', () => {
  for (const tables of [1, 2, 16]) {
    it(`with a cache of ${tables}`, async () => {
      let growth = 0;
      for (let seed = 1; seed <= (LONG ? 500 : 6); seed++) {
        const shape = { clusterBits: 9, order: seed % 2 === 0 ? 6 : 5 };
        growth += await play(shape, seed, tables).catch((error: unknown) => {
          throw new Error(`seed ${seed}: ${String(error)}`, { cause: error });
        });
      }
      expect(growth).toBeGreaterThan(0);
    });
  }
});
