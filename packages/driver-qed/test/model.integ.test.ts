import { withScheduler } from '@q/block';
import { scratch, withQemu } from '@q/judge';
import { describe, it } from 'vitest';
import { open } from '../src/index.ts';
import { judge } from './support/dump.ts';
import { effort } from './support/effort.ts';
import { batches, play } from './support/sequence.ts';
import { gates, make, SHAPES, sliced, STRATEGIES, terrainOf } from './support/shapes.ts';

const SEQUENCES = effort(2, 100);

withQemu('qemu-img finds what was written, and neither errors nor leaks', () => {
  const folder = scratch();
  // QEMU 7.2 cannot open tables of one cluster, so these have two.
  const shapes = SHAPES.map((shape) => ({
    ...shape,
    create: { ...shape.create, tableSize: Math.max(2, shape.create.tableSize ?? 4) },
  }));
  describe.each(shapes)('$name', (shape) => {
    for (let seed = 1; seed <= SEQUENCES; seed++) {
      it(`sequence ${seed}`, async () => {
        const made = await make(shape, seed);
        for (const permuted of [false, true]) {
          const disk = await open(permuted ? withScheduler(made.file, { seed }) : made.file, {
            ...gates(made),
            ...sliced(seed),
            l2Cache: STRATEGIES[seed % STRATEGIES.length]!.make(),
          });
          const terrain = terrainOf(shape, disk.size);
          let n = 0;
          for (const batch of batches(seed * 10 + (permuted ? 1 : 0), 30, terrain)) {
            await play(disk, batch, made.bytes, terrain);
            if (++n % 10 > 0) continue;
            await disk.flush();
            judge(folder, made);
          }
          await disk.close();
          judge(folder, made);
        }
      });
    }
  });
});
