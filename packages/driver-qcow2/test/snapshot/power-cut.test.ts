import { Prng, withPowerCut, type PowerCutDevice } from '@q/block';
import { afterAll, describe, expect, it } from 'vitest';
import { check } from '../../src/check/check.ts';
import { open } from '../../src/index.ts';
import { readAll } from '../support/chain.ts';
import { Durable } from '../support/durable.ts';
import { effort } from '../support/effort.ts';
import { apply, batches, issue } from '../support/sequence.ts';
import { gates, make, STRATEGIES, terrainOf, type Made } from '../support/shapes.ts';
import { expectOnlyLeaks } from './sound.ts';
import { COUNTED, verifySnapshots, World } from './world.ts';

const SEEDS = effort(1, 20);
const ROUNDS = effort(5, 8);

let total = 0;
afterAll(() => console.log(`${total} surviving images judged`));

/** One of the disks that a survivor may be. */
interface Possible {
  readonly durable: Durable;
  readonly size: number;
}

/** What a survivor may hold. */
interface Allowed {
  readonly disks: readonly Possible[];
  /** Snapshots that are there. */
  readonly kept: ReadonlyMap<string, Uint8Array>;
  /** Those that may be there. */
  readonly perhaps: ReadonlyMap<string, Uint8Array>;
}

async function judge(survivor: Made, { disks, kept, perhaps }: Allowed): Promise<void> {
  const report = await check(survivor.file);
  // After lazy refcounts the dirty bit says that the counts are stale: opening for writing counts anew.
  if (report.findings.some(({ code }) => code === 'dirty')) {
    await (await open(survivor.file, gates(survivor))).close();
  }
  await expectOnlyLeaks(survivor);
  const disk = await open(survivor.file, { ...gates(survivor), readOnly: true });
  const found = await readAll(disk);
  const errors: unknown[] = [];
  for (const { durable, size } of disks) {
    try {
      expect(found.length).toBe(size);
      durable.verify(found);
      errors.length = 0;
      break;
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw errors[0];
  const ids = disk.snapshots().map(({ id }) => id);
  await disk.close();
  const extra = ids.filter((id) => !kept.has(id));
  expect(ids.length - extra.length).toBe(kept.size);
  const there = new Map(kept);
  for (const id of extra) there.set(id, perhaps.get(id)!);
  await verifySnapshots(survivor, there);
}

describe.each(COUNTED)(
  'a power cut in a snapshot operation leaves the old disk or the new one: $name',
  (shape) => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      it(`sequence ${seed}`, async () => {
        const made = await make(shape, seed);
        const world = new World(shape, made);
        const random = new Prng(seed * 13);
        let allowed: Allowed | undefined;
        let judged = 0;
        const look = async (): Promise<void> => {
          if (allowed === undefined) return;
          for (const { image, choice } of file.survivors({ seed: seed * 1e4 + judged, count: 2 })) {
            try {
              await judge({ ...made, file: image }, allowed);
            } catch (error) {
              const text = JSON.stringify(choice).slice(0, 1000);
              throw new Error(`${(error as Error).message}\n${text}`, { cause: error });
            }
            judged++;
          }
        };
        const file: PowerCutDevice = withPowerCut(made.file, { onFlush: look });
        const strategy = STRATEGIES[seed % STRATEGIES.length]!;
        const disk = await open(file, {
          ...gates(made),
          l2Cache: strategy.make(),
          refcountCache: strategy.make(),
          l2EntrySize: 512,
        });
        for (let n = 0; n < ROUNDS; n++) {
          const terrain = terrainOf(shape, disk.size);
          const durable = new Durable(world.bytes, terrain);
          const before = { durable, size: disk.size };
          allowed = { disks: [before], kept: new Map(world.kept), perhaps: new Map() };
          for (const batch of batches(seed * 100 + n, 3, terrain)) {
            await Promise.all(
              batch.map(async (request) => {
                if (request.op === 'read') return issue(disk, request, world.bytes);
                const done = request.op === 'flush' ? durable.flush() : durable.issue(request);
                await issue(disk, request, world.bytes);
                done();
              }),
            );
            for (const request of batch) apply(world.bytes, request, terrain);
          }
          const action = world.draw(random, n);
          const bytes = world.after(action);
          const after = new Durable(bytes, terrainOf(shape, bytes.length));
          const kept = new Map(world.kept);
          const perhaps = new Map<string, Uint8Array>();
          if (action.kind === 'create') perhaps.set(action.id, world.bytes.slice());
          if (action.kind === 'delete') {
            perhaps.set(action.id, kept.get(action.id)!);
            kept.delete(action.id);
          }
          allowed = { disks: [before, { durable: after, size: bytes.length }], kept, perhaps };
          if (!(await world.perform(disk, action))) continue;
          // It is durable when it is acknowledged, with all that came before.
          const now = new Durable(world.bytes, terrainOf(shape, disk.size));
          allowed = {
            disks: [{ durable: now, size: disk.size }],
            kept: new Map(world.kept),
            perhaps: new Map(),
          };
          await look();
        }
        await disk.close();
        await look();
        expect(judged).toBeGreaterThan(25);
        total += judged;
      });
    }
  },
);
