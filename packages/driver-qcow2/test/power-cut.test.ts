import { afterAll, describe, expect, it } from 'vitest';
import { check } from '../src/check/check.ts';
import { open } from '../src/index.ts';
import { readAll } from './support/chain.ts';
import { effort } from './support/effort.ts';
import { cutPower, type Judge } from './support/cuts.ts';
import { gates, SHAPES } from './support/shapes.ts';

const SEQUENCES = effort(1, 30);

let total = 0;
afterAll(() => console.log(`${total} surviving images judged`));

const judge: Judge = async (survivor, durable) => {
  let report = await check(survivor.file);
  // After lazy refcounts the counts are stale and the dirty bit says so: opening for writing counts anew.
  if (report.findings.some(({ code }) => code === 'dirty')) {
    await (await open(survivor.file, gates(survivor))).close();
    report = await check(survivor.file);
  }
  expect(report.findings.filter(({ severity }) => severity === 'corruption')).toEqual([]);
  const disk = await open(survivor.file, { ...gates(survivor), readOnly: true });
  durable.verify(await readAll(disk));
  await disk.close();
};

describe.each(SHAPES)(
  'what survives a power cut has no corruption and all that was flushed: $name',
  (shape) => {
    for (const permuted of [false, true]) {
      it(permuted ? 'completions permuted' : 'completions in order', async () => {
        for (let seed = 1; seed <= SEQUENCES; seed++) {
          const judged = await cutPower(shape, { seed, batches: 25, each: 4, permuted }, judge);
          expect(judged).toBeGreaterThan(50);
          total += judged;
        }
      });
    }
  },
);
