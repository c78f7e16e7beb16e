import { withScheduler, type BlockDevice } from '@q/block';
import { checkQed } from '@q/qed';
import { describe, expect, it } from 'vitest';
import { open } from '../src/index.ts';
import { effort } from './support/effort.ts';
import { readAll } from './support/read-all.ts';
import { batches, play } from './support/sequence.ts';
import { gates, make, SHAPES, sliced, STRATEGIES, terrainOf } from './support/shapes.ts';

const SEQUENCES = effort(4, 200);

describe.each(SHAPES)('random sequences read back what was written: $name', (shape) => {
  for (const strategy of STRATEGIES) {
    for (const order of ['in order', 'permuted'] as const) {
      it(`${strategy.name}, completions ${order}`, async () => {
        for (let seed = 1; seed <= SEQUENCES; seed++) {
          const made = await make(shape, seed);
          const through: BlockDevice =
            order === 'permuted' ? withScheduler(made.file, { seed }) : made.file;
          const disk = await open(through, {
            ...gates(made),
            ...sliced(seed),
            l2Cache: strategy.make(),
            takeOver: seed % 3 !== 0,
          });
          const terrain = terrainOf(shape, disk.size);
          let n = 0;
          for (const batch of batches(seed, 40, terrain)) {
            try {
              await play(disk, batch, made.bytes, terrain);
            } catch (error) {
              throw new Error(`seed ${seed}, batch ${n}: ${(error as Error).message}`, {
                cause: error,
              });
            }
            n++;
          }
          expect(Buffer.compare(await readAll(disk, 10_000), made.bytes)).toBe(0);
          await disk.close();
          expect(await checkQed(made.file)).toMatchObject({
            corruptions: 0,
            leaks: 0,
            errors: 0,
            needCheck: false,
          });
          const again = await open(made.file, { ...gates(made), readOnly: true });
          expect(Buffer.compare(await readAll(again), made.bytes)).toBe(0);
          await again.close();
        }
      });
    }
  }
});
