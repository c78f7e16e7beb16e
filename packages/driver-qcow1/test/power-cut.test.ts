import { describe, expect, it } from 'vitest';
import { check, open } from '../src/index.ts';
import { cutPower, type Judge } from './support/cuts.ts';
import { effort } from './support/effort.ts';
import { openOptions, readAll, SHAPES } from './support/shapes.ts';

const SEQUENCES = effort(1, 200);

const judge: Judge = async (survivor, durable) => {
  const report = await check(survivor.file);
  expect(report.findings.filter(({ severity }) => severity === 'corruption')).toEqual([]);
  const disk = await open(survivor.file, { ...openOptions(survivor), readOnly: true });
  durable.verify(await readAll(disk));
  await disk.close();
};

describe.each(SHAPES)(
  'what survives a power cut has no corruption and all that was flushed: $name',
  (shape) => {
    for (const permuted of [false, true]) {
      it(permuted ? 'completions permuted' : 'completions in order', async () => {
        for (let seed = 1; seed <= SEQUENCES; seed++) {
          const judged = await cutPower(shape, { seed, batches: 14, each: 3, permuted }, judge);
          expect(judged).toBeGreaterThan(30);
        }
      });
    }
  },
);
