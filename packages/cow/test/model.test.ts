// Random clients against a record of who wrote what when, with I/O that completes in any order and fails at random. What must never happen
// throws in support/world.ts, where it would: lost writes, copies made twice, links before all is written, two ends of one allocation.
import { describe, expect, it } from 'vitest';
import { Fault } from './support/scheduler.ts';
import { CLUSTER, SIZE, World, type WorldOptions } from './support/world.ts';

const RUNS = process.env['Q_LONG'] === '1' ? 3000 : 40;
const CLIENTS = 6;

/** One client's requests, one after the other: ranges of any size, and sequential runs of small ones. */
async function client(world: World, tail: { at: number }): Promise<void> {
  const { random } = world;
  for (let i = 0; i < 25; i++) {
    const kind = random.below(20);
    let from = random.below(SIZE);
    let to = Math.min(SIZE, from + 1 + random.below(random.pick([3, CLUSTER, CLUSTER * 4])));
    if (random.chance(0.4)) {
      from = tail.at;
      to = tail.at = Math.min(SIZE, from + 1 + random.below(7));
      if (tail.at === SIZE) tail.at = 0;
    }
    try {
      if (kind < 11) await world.write(from, to);
      else if (kind < 16) await world.read(from, to);
      else if (kind < 18) await world.flush();
      else if (kind < 19) await world.inFlight.finishRange(from, to);
      else if (random.chance(0.5)) await world.snapshot();
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
    }
  }
}

/** Runs the work to its end, completing I/O one by one. Work that waits for something that will not happen is an error. */
async function drive(world: World, work: Promise<unknown>): Promise<void> {
  let over = false;
  const ended = work.finally(() => (over = true));
  // Heard below.
  ended.catch(() => {});
  for (let idle = 0; !over && idle < (world.io.sync ? 100_000 : 200); idle++) {
    for (let tick = world.random.below(6); tick > 0; tick--) await undefined;
    if (world.io.pending === 0) continue;
    idle = 0;
    world.io.step();
  }
  if (!over) throw new Error('nothing is under way any more, and somebody still waits');
  await ended;
}

async function runWorld(options: WorldOptions): Promise<World> {
  const world = new World(options);
  const tail = { at: 0 };
  const clients = Array.from({ length: CLIENTS }, () => client(world, tail));
  await drive(world, Promise.all(clients));
  world.io.faults = 0;
  await drive(world, world.flush());
  await drive(world, world.read(0, SIZE));
  expect(world.inFlight.count).toBe(0);
  expect(world.lock.busy).toBe(false);
  return world;
}

describe.each([
  { takeOver: true, granule: CLUSTER, maxOpen: 64 },
  { takeOver: true, granule: 4, maxOpen: 2 },
  { takeOver: false, granule: CLUSTER, maxOpen: 64 },
  { takeOver: false, granule: 4, maxOpen: 1 },
])('takeOver $takeOver, granules of $granule, $maxOpen open', (shape) => {
  describe.each([0, 0.03, 0.3])('%d of the I/O failing', (faults) => {
    it.each([false, true])('nothing acknowledged is lost (synchronous: %s)', async (sync) => {
      const totals = { takeOvers: 0, waits: 0, filled: 0, cancelled: 0, freed: 0 };
      for (let seed = 1; seed <= RUNS; seed++) {
        const world = await runWorld({ ...shape, faults, sync, seed }).catch((error: unknown) => {
          throw new Error(`seed ${seed}: ${String(error)}`, { cause: error });
        });
        const { stats } = world.inFlight;
        totals.takeOvers += stats.takeOvers;
        totals.waits += stats.waits;
        totals.filled += stats.filledBytes;
        totals.cancelled += stats.cancelledBytes;
        totals.freed += world.freed.size;
      }
      // The sequences went where it is interesting.
      expect(totals.waits).toBeGreaterThan(0);
      if (shape.takeOver) {
        expect(totals.takeOvers).toBeGreaterThan(RUNS);
        expect(totals.cancelled).toBeGreaterThan(RUNS);
        expect(totals.filled).toBeGreaterThan(RUNS);
      }
      expect(totals.freed > 0).toBe(faults > 0);
    });
  });
});
