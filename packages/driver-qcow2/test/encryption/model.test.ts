import { withScheduler, type BlockDevice } from '@q/block';
import { describe, expect, it } from 'vitest';
import { open } from '../../src/index.ts';
import { readAll } from '../support/chain.ts';
import { effort } from '../support/effort.ts';
import { ENCRYPTED_SHAPES } from '../support/encrypted-shapes.ts';
import { batches, play } from '../support/sequence.ts';
import { gates, make, STRATEGIES, terrainOf } from '../support/shapes.ts';

const SEQUENCES = effort(4, 100);

describe.each(ENCRYPTED_SHAPES)('random sequences read back what was written: $name', (shape) => {
  for (const order of ['in order', 'permuted'] as const) {
    it(`completions ${order}`, async () => {
      for (let seed = 1; seed <= SEQUENCES; seed++) {
        const made = await make(shape, seed);
        const through: BlockDevice =
          order === 'permuted' ? withScheduler(made.file, { seed }) : made.file;
        const disk = await open(through, {
          ...gates(made),
          l2Cache: STRATEGIES[seed % STRATEGIES.length]!.make(),
          l2EntrySize: 512,
          takeOver: seed % 2 === 0,
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
        const again = await open(made.file, { ...gates(made), readOnly: true });
        expect(Buffer.compare(await readAll(again), made.bytes)).toBe(0);
        await again.close();
      }
    });
  }
});
