import { checkQed, FEATURE_NEED_CHECK, readQedHeader } from '@q/qed';
import { describe, expect, it } from 'vitest';
import { open } from '../src/index.ts';
import { cutPower, type Judge } from './support/cuts.ts';
import { effort } from './support/effort.ts';
import { readAll } from './support/read-all.ts';
import { gates, SHAPES } from './support/shapes.ts';

const SEQUENCES = effort(1, 30);

let leaking = 0;

const judge: Judge = async (survivor, durable) => {
  const report = await checkQed(survivor.file);
  expect(report).toMatchObject({ corruptions: 0, errors: 0 });
  if (report.leaks > 0) {
    // Whoever opens it next is told.
    expect(report.needCheck).toBe(true);
    leaking++;
  }
  const options = gates(survivor);
  const before = await open(survivor.file, { ...options, readOnly: true });
  durable.verify(await readAll(before));
  await before.close();
  const disk = await open(survivor.file, options);
  expect(disk.needCheck).toBe(false);
  durable.verify(await readAll(disk));
  await disk.write(new Uint8Array(5000).fill(1), 100);
  await disk.close();
  expect((await readQedHeader(survivor.file)).header.features & FEATURE_NEED_CHECK).toBe(0);
  expect(await checkQed(survivor.file)).toMatchObject({ corruptions: 0 });
};

describe.each(SHAPES)(
  'what survives a power cut has leaks at worst, and all that was flushed: $name',
  (shape) => {
    for (const permuted of [false, true]) {
      it(permuted ? 'completions permuted' : 'completions in order', async () => {
        leaking = 0;
        for (let seed = 1; seed <= SEQUENCES; seed++) {
          const judged = await cutPower(shape, { seed, batches: 25, each: 3, permuted }, judge);
          expect(judged).toBeGreaterThan(50);
        }
        // The cuts were where they hurt.
        expect(leaking).toBeGreaterThan(0);
      });
    }
  },
);
