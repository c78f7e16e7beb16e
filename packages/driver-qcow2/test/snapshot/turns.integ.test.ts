// Two programs take turns on one image: this driver, and qemu-img with qemu-io. After each turn qemu-img judges the file, and both read every snapshot.
import { Prng } from '@q/block';
import { openFile } from '@q/block/node';
import { qemuImg, qemuIo, scratch, withQemu } from '@q/judge';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { open } from '../../src/index.ts';
import { dump } from '../support/dump.ts';
import { effort } from '../support/effort.ts';
import { batches, play } from '../support/sequence.ts';
import { gates, make, STRATEGIES, terrainOf } from '../support/shapes.ts';
import { COUNTED, verifySnapshots, World, type Action } from './world.ts';

const SEEDS = effort(1, 12);
const TURNS = 8;

/** Compares the disk, and each snapshot, with what they should hold. */
function judge(folder: string, file: string, world: World): void {
  qemuImg(['check', '-q', '-f', 'qcow2', file], [0], folder);
  const expected = path.join(folder, 'expected.raw');
  const found = path.join(folder, 'found.raw');
  writeFileSync(expected, world.bytes);
  qemuImg(['compare', '-q', '-f', 'qcow2', '-F', 'raw', file, expected], [0], folder);
  const listed = qemuImg(['snapshot', '-l', file], [0], folder).stdout.split('\n').slice(2);
  const ids = listed.map((line) => line.split(' ')[0]!).filter((id) => id !== '');
  expect(ids).toEqual([...world.kept.keys()]);
  for (const [id, bytes] of world.kept) {
    const which = ['-l', `snapshot.id=${id}`];
    qemuImg(['convert', ...which, '-f', 'qcow2', '-O', 'raw', file, found], [0], folder);
    // It reads a snapshot at the size that the disk has now.
    const both = Math.min(bytes.length, world.bytes.length);
    const read = readFileSync(found).subarray(0, both);
    expect(Buffer.compare(read, bytes.subarray(0, both))).toBe(0);
  }
}

/** QEMU's turn: some writes, then the action. Ids are given by qemu-img. */
function theirTurn(folder: string, file: string, world: World, random: Prng, action: Action): void {
  const { length } = world.bytes;
  for (let i = 0; i < 3 && length > 0; i++) {
    const offset = random.below(length / 512) * 512;
    const count = (1 + random.below(Math.min(40, (length - offset) / 512))) * 512;
    const byte = 1 + random.below(255);
    qemuIo(file, [`write -q -P ${byte} ${offset} ${count}`], ['-f', 'qcow2', '-t', 'unsafe']);
    world.bytes.fill(byte, offset, offset + count);
  }
  if (action.kind === 'resize') {
    qemuImg(['resize', '-q', '--shrink', '-f', 'qcow2', file, String(action.size)], [0], folder);
  } else {
    const { kind, id } = action;
    // They look for a name, where we look for an id first: the names of this test are the ids.
    qemuImg(['snapshot', `-${kind[0] === 'c' ? 'c' : kind[0]!}`, id, file], [0], folder);
  }
  world.done(action);
}

withQemu('taking turns with qemu-img', () => {
  const folder = scratch();
  describe.each(COUNTED.filter(({ create }) => (create.refcountBits ?? 16) > 2))(
    '$name',
    (shape) => {
      for (let seed = 1; seed <= SEEDS; seed++) {
        it(`sequence ${seed}`, async () => {
          const made = await make(shape, seed);
          const file = dump(folder, made);
          const world = new World(shape, made);
          const random = new Prng(seed * 3 + shape.name.length);
          let next = 1;
          for (let n = 0; n < TURNS; n++) {
            const drawn = world.draw(random, n);
            // qemu-img counts ids on, as we do.
            const ids = [...world.kept.keys()].map(Number);
            next = Math.max(0, ...ids) + 1;
            const action = drawn.kind === 'create' ? { ...drawn, id: String(next) } : drawn;
            const grows = action.kind === 'resize' && action.size > world.bytes.length;
            // What grows over a longer backing file shows it with qemu-img, and zeroes here.
            const ours = random.chance(0.5) || (grows && shape.backing > 0);
            try {
              if (ours) {
                const disk = await open(openFile(file), {
                  ...gates(made),
                  l2Cache: STRATEGIES[n % STRATEGIES.length]!.make(),
                  l2EntrySize: 512,
                });
                const terrain = terrainOf(shape, disk.size);
                for (const batch of batches(seed * 50 + n, 3, terrain)) {
                  await play(disk, batch, world.bytes, terrain);
                }
                if (action.kind === 'create') {
                  const taken = await disk.createSnapshot({ name: action.id });
                  expect(taken.id).toBe(action.id);
                  world.done(action);
                } else await world.perform(disk, action);
                await disk.close();
              } else theirTurn(folder, file, world, random, action);
              judge(folder, file, world);
              const mine = { ...made, file: openFile(file, { readOnly: true }) };
              await verifySnapshots(mine as unknown as typeof made, world.kept);
              mine.file.close();
            } catch (error) {
              const text = `turn ${n}, ${ours ? 'ours' : 'theirs'}, ${JSON.stringify(action)}`;
              throw new Error(`${text}: ${(error as Error).message}`, { cause: error });
            }
          }
        });
      }
    },
  );
});
