import { Prng, withScheduler, type BlockDevice } from '@q/block';
import { afterAll, describe, expect, it } from 'vitest';
import { open } from '../../src/index.ts';
import { effort } from '../support/effort.ts';
import { batches, play } from '../support/sequence.ts';
import { gates, make, STRATEGIES, terrainOf } from '../support/shapes.ts';
import { expectSound } from './sound.ts';
import { COUNTED, World } from './world.ts';

const SEQUENCES = effort(1, 40);
const ROUNDS = 14;

const happened = new Map<string, number>();
afterAll(() => console.log(Object.fromEntries(happened)));

describe.each(COUNTED)('random requests, snapshots and sizes: $name', (shape) => {
  for (const strategy of STRATEGIES) {
    for (const order of ['in order', 'permuted'] as const) {
      it(`${strategy.name}, completions ${order}`, async () => {
        for (let seed = 1; seed <= SEQUENCES; seed++) {
          const made = await make(shape, seed);
          const world = new World(shape, made);
          const random = new Prng(seed * 31);
          const through: BlockDevice =
            order === 'permuted' ? withScheduler(made.file, { seed }) : made.file;
          const disk = await open(through, {
            ...gates(made),
            l2Cache: strategy.make(),
            refcountCache: strategy.make(),
            l2EntrySize: 512,
            takeOver: seed % 2 === 0,
          });
          for (let n = 0; n < ROUNDS; n++) {
            const terrain = terrainOf(shape, disk.size);
            const count = 1 + random.below(4);
            for (const batch of batches(seed * 100 + n, count, terrain)) {
              await play(disk, batch, world.bytes, terrain);
            }
            const action = world.draw(random, n);
            try {
              const done = await world.perform(disk, action);
              const key = done ? action.kind : `${action.kind}, full`;
              happened.set(key, (happened.get(key) ?? 0) + 1);
              await world.verify(disk);
              if (shape.create.lazyRefcounts === true) continue;
              await disk.flush();
              await expectSound(made);
            } catch (error) {
              const text = `seed ${seed}, round ${n}, ${JSON.stringify(action)}`;
              throw new Error(`${text}: ${(error as Error).message}`, { cause: error });
            }
          }
          await disk.close();
          await expectSound(made);
          const again = await open(made.file, { ...gates(made), readOnly: true });
          await world.verify(again);
          await again.close();
        }
        expect(happened.get('create') ?? happened.get('create, full')).toBeGreaterThan(0);
      });
    }
  }
});
