import { ImageError, Prng, withFaults } from '@q/block';
import { afterAll, describe, expect, it } from 'vitest';
import { open, type Qcow2Image } from '../../src/index.ts';
import { readAll } from '../support/chain.ts';
import { effort } from '../support/effort.ts';
import { batches, play } from '../support/sequence.ts';
import { gates, make, STRATEGIES, terrainOf } from '../support/shapes.ts';
import { expectOnlyLeaks, expectSound } from './sound.ts';
import { COUNTED, World, type Action } from './world.ts';

const ROUNDS = effort(4, 30);
/** Every call fails in the long run; otherwise fewer the later they come. */
const SPARSE = effort(1, 0);

let failures = 0;
afterAll(() => console.log(`${failures} failures survived`));

/** A copy of a world, so that the same instant can be lived through again. */
function copyOf(world: World): World {
  const { file } = world.made;
  const copy = new World(world.shape, { ...world.made, file: file.clone() });
  copy.bytes = world.bytes.slice();
  for (const [id, bytes] of world.kept) copy.kept.set(id, bytes);
  return copy;
}

/** Whether an action that failed has taken effect all the same. */
async function tookEffect(disk: Qcow2Image, world: World, action: Action): Promise<boolean> {
  if (action.kind === 'resize') return disk.size === action.size;
  if (action.kind === 'apply')
    return Buffer.compare(await readAll(disk), world.after(action)) === 0;
  const there = disk.snapshots().some(({ id }) => id === action.id);
  return there === (action.kind === 'create');
}

/** Lets requests and an action happen, with the nth I/O call of the action failing. @returns whether there were so many calls */
async function live(world: World, seed: number, action: Action, nth: number): Promise<boolean> {
  const { made, shape } = world;
  const file = withFaults(made.file, []);
  const strategy = STRATEGIES[nth % STRATEGIES.length]!;
  const disk = await open(file, {
    ...gates(made),
    l2Cache: strategy.make(),
    refcountCache: strategy.make(),
    l2EntrySize: 512,
  });
  const terrain = terrainOf(shape, disk.size);
  for (const batch of batches(seed, 3, terrain)) await play(disk, batch, world.bytes, terrain);
  file.setRules([{ nth, code: nth % 3 === 0 ? 'no-space' : 'io', torn: nth % 2 === 0 ? 512 : 0 }]);
  let effect = true;
  try {
    if (await world.perform(disk, action)) expect(await tookEffect(disk, world, action)).toBe(true);
  } catch (error) {
    if (!(error instanceof ImageError)) throw error;
    effect = await tookEffect(disk, world, action);
    if (effect) world.done(action);
  }
  const reached = file.failures > 0;
  file.setRules([]);
  await world.verify(disk);
  if (reached) {
    await disk.flush();
    if (shape.create.lazyRefcounts !== true) {
      // What has come to nothing is undone: the file works again.
      if (effect || action.kind === 'resize') await expectOnlyLeaks(made);
      else await expectSound(made);
    }
    // The image is as good as before: more can happen to it.
    for (const batch of batches(seed + 1, 3, terrainOf(shape, disk.size))) {
      await play(disk, batch, world.bytes, terrainOf(shape, disk.size));
    }
    await world.perform(disk, { kind: 'create', id: 'afterwards' });
    await world.verify(disk);
  }
  await disk.close();
  if (reached) await expectOnlyLeaks(made);
  else await expectSound(made);
  const again = await open(made.file, { ...gates(made), readOnly: true });
  await world.verify(again);
  await again.close();
  return reached;
}

describe.each(COUNTED)('an I/O call of a snapshot operation fails: $name', (shape) => {
  it('calls in turn', async () => {
    const made = await make(shape, 1);
    let world = new World(shape, made);
    const random = new Prng(ROUNDS * 7 + shape.name.length);
    let failed = 0;
    for (let n = 0; n < ROUNDS; n++) {
      const action = world.draw(random, n);
      for (let nth = 1; ; nth += 1 + SPARSE * Math.floor(nth / 8)) {
        const copy = copyOf(world);
        let reached: boolean;
        try {
          reached = await live(copy, n * 10, action, nth);
        } catch (error) {
          const text = `round ${n}, ${JSON.stringify(action)}, call ${nth}`;
          throw new Error(`${text}: ${(error as Error).message}`, { cause: error });
        }
        if (!reached) {
          world = copy;
          break;
        }
        failed++;
      }
    }
    expect(failed).toBeGreaterThan(2 * ROUNDS);
    failures += failed;
  });
});
