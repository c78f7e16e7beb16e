import { withScheduler, type BlockDevice } from '@q/block';
import { describe, expect, it } from 'vitest';
import { check } from '../src/check/check.ts';
import { open } from '../src/index.ts';
import { readAll } from './support/chain.ts';
import { effort } from './support/effort.ts';
import { resize, resized, rounds } from './support/resizes.ts';
import { play } from './support/sequence.ts';
import { gates, make, SHAPES, STRATEGIES, terrainOf } from './support/shapes.ts';

const SEQUENCES = effort(1, 30);

describe.each(SHAPES)('random requests and sizes read back what was written: $name', (shape) => {
  for (const strategy of STRATEGIES) {
    for (const order of ['in order', 'permuted'] as const) {
      it(`${strategy.name}, completions ${order}`, async () => {
        for (let seed = 1; seed <= SEQUENCES; seed++) {
          const made = await make(shape, seed);
          let { bytes } = made;
          const through: BlockDevice =
            order === 'permuted' ? withScheduler(made.file, { seed }) : made.file;
          const disk = await open(through, {
            ...gates(made),
            l2Cache: strategy.make(),
            refcountCache: strategy.make(),
            l2EntrySize: 512,
          });
          let size = disk.size;
          for (const round of rounds(shape, seed, 8, 6)) {
            const terrain = terrainOf(shape, size);
            for (const batch of round.batches) await play(disk, batch, bytes, terrain);
            await resize(disk, round.next);
            size = round.next;
            bytes = resized(bytes, size);
            expect(disk.size).toBe(size);
            expect(Buffer.compare(await readAll(disk, 10_000), bytes)).toBe(0);
          }
          await disk.close();
          expect(await check(made.file)).toMatchObject({ corruptions: 0, leaks: 0 });
          const again = await open(made.file, { ...gates(made), readOnly: true });
          expect(Buffer.compare(await readAll(again), bytes)).toBe(0);
          await again.close();
        }
      });
    }
  }
});
