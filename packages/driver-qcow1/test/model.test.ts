import { withScheduler, type BlockDevice } from '@q/block';
import { describe, expect, it } from 'vitest';
import { check, open } from '../src/index.ts';
import { effort } from './support/effort.ts';
import { batches, play } from './support/sequence.ts';
import { make, openOptions, readAll, SHAPES, STRATEGIES, terrainOf } from './support/shapes.ts';

const SEQUENCES = effort(3, 300);

describe.each(SHAPES)('random sequences read back what was written: $name', (shape) => {
  for (const strategy of STRATEGIES) {
    for (const order of ['in order', 'permuted'] as const) {
      it(`${strategy.name}, completions ${order}`, async () => {
        for (let seed = 1; seed <= SEQUENCES; seed++) {
          const made = await make(shape, seed);
          const through: BlockDevice =
            order === 'permuted' ? withScheduler(made.file, { seed }) : made.file;
          const l2Cache = strategy.make();
          const disk = await open(through, { ...openOptions(made), l2Cache });
          let n = 0;
          for (const batch of batches(seed, 40, terrainOf(shape, disk))) {
            try {
              await play(disk, batch, made.bytes);
            } catch (error) {
              throw new Error(`seed ${seed}, batch ${n}: ${(error as Error).message}`, {
                cause: error,
              });
            }
            n++;
          }
          expect(Buffer.compare(await readAll(disk, 10_000), made.bytes)).toBe(0);
          await disk.close();
          expect((await check(made.file)).corruptions).toBe(0);
          const again = await open(made.file, { ...openOptions(made), readOnly: true });
          expect(Buffer.compare(await readAll(again), made.bytes)).toBe(0);
          await again.close();
        }
      });
    }
  }
});
