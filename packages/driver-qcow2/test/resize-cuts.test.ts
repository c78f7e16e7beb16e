import { withPowerCut, type MemoryDevice, type PowerCutDevice } from '@q/block';
import { describe, expect, it } from 'vitest';
import { check } from '../src/check/check.ts';
import { open } from '../src/index.ts';
import { readAll } from './support/chain.ts';
import { effort } from './support/effort.ts';
import { Durable } from './support/durable.ts';
import { resize, resized, rounds } from './support/resizes.ts';
import { apply, issue } from './support/sequence.ts';
import { gates, make, SHAPES, STRATEGIES, terrainOf, type Made } from './support/shapes.ts';

const SEEDS = effort(1, 20);

/** What survivors may be: of these sizes, with these bytes, and zeroes where they are longer. */
interface Allowed {
  sizes: readonly number[];
  durable: Durable;
  length: number;
}

async function judge(survivor: Made, allowed: Allowed): Promise<void> {
  const report = await check(survivor.file);
  const dirty = report.findings.some(({ code }) => code === 'dirty');
  if (!dirty) {
    expect(report.findings.filter(({ severity }) => severity === 'corruption')).toEqual([]);
  }
  const disk = await open(survivor.file, { ...gates(survivor), readOnly: true });
  expect(allowed.sizes).toContain(disk.size);
  const found = await readAll(disk);
  allowed.durable.verify(found.subarray(0, allowed.length));
  expect(found.subarray(allowed.length).every((byte) => byte === 0)).toBe(true);
  await disk.close();
}

describe.each(SHAPES)(
  'a power cut in a change of size leaves the old one or the new one: $name',
  (shape) => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      it(`sequence ${seed}`, async () => {
        const made = await make(shape, seed);
        let { bytes } = made;
        let allowed: Allowed | undefined;
        let judged = 0;
        const look = async (): Promise<void> => {
          if (allowed === undefined) return;
          const choose = { seed: seed * 1000 + judged, count: 3 };
          const datas = data === undefined ? [] : [...data.survivors(choose)];
          for (const [i, { image }] of [...file.survivors(choose)].entries()) {
            await judge({ ...made, file: image, data: datas[i]?.image }, allowed);
            judged++;
          }
        };
        const file: PowerCutDevice = withPowerCut(made.file, { onFlush: look });
        const data = made.data === undefined ? undefined : withPowerCut(made.data);
        const strategy = STRATEGIES[seed % STRATEGIES.length]!;
        const disk = await open(file, {
          ...gates({ ...made, data: data as unknown as MemoryDevice | undefined }),
          l2Cache: strategy.make(),
          refcountCache: strategy.make(),
          l2EntrySize: 512,
        });
        for (const [i, round] of [...rounds(shape, seed, 4, 3)].entries()) {
          const terrain = terrainOf(shape, round.size);
          const durable = new Durable(bytes, terrain);
          allowed = { sizes: [round.size], durable, length: round.size };
          for (const batch of round.batches) {
            await Promise.all(
              batch.map(async (request) => {
                if (request.op === 'read') return issue(disk, request, bytes);
                const done = request.op === 'flush' ? durable.flush() : durable.issue(request);
                await issue(disk, request, bytes);
                done();
              }),
            );
            for (const request of batch) apply(bytes, request, terrain);
          }
          if (i % 2 === 0) {
            const done = durable.flush();
            await disk.flush();
            done();
          }
          allowed = { ...allowed, sizes: [round.size, round.next] };
          await resize(disk, round.next);
          // It is durable when it is acknowledged, with all that came before.
          bytes = resized(bytes, round.next);
          const after = new Durable(bytes, terrainOf(shape, round.next));
          allowed = { sizes: [round.next], durable: after, length: round.next };
          await look();
        }
        await disk.close();
        await look();
        expect(judged).toBeGreaterThan(20);
      });
    }
  },
);
