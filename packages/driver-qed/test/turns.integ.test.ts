import { Prng } from '@q/block';
import { openFile } from '@q/block/node';
import { qemuImg, qemuIo, scratch, withQemu } from '@q/judge';
import { expect, it } from 'vitest';
import { open } from '../src/index.ts';
import { compare, converted, dump } from './support/dump.ts';
import { effort } from './support/effort.ts';
import { readAll } from './support/read-all.ts';
import { batches, play } from './support/sequence.ts';
import { gates, make, SHAPES, STRATEGIES, terrainOf } from './support/shapes.ts';

const ROUNDS = effort(3, 20);

/** Writes of qemu-io. Those of zeroes are whole clusters or none: QEMU 7.2 forgets a zero entry when its cluster is written in part, over a backing file. */
function theirTurn(random: Prng, size: number, cluster: number, zeroes: boolean): string[] {
  const commands: string[] = [];
  for (let i = 0; i < 6; i++) {
    const offset = random.below(size / 512) * 512;
    const length = Math.min(size - offset, (1 + random.below((cluster * 3) / 512)) * 512);
    const zero = zeroes && random.chance(0.25);
    commands.push(
      zero
        ? `write -q -z ${offset} ${length}`
        : `write -q -P ${random.below(256)} ${offset} ${length}`,
    );
  }
  return commands;
}

withQemu('an image written in turns, here and by qemu-io', () => {
  const folder = scratch();
  for (const shape of SHAPES) {
    const create = { ...shape.create, tableSize: Math.max(2, shape.create.tableSize ?? 4) };
    it(shape.name, async () => {
      const random = new Prng(1);
      const made = await make({ ...shape, create }, 1);
      const file = dump(folder, made);
      for (let round = 1; round <= ROUNDS; round++) {
        const device = openFile(file);
        const disk = await open(device, {
          ...gates(made),
          l2Cache: STRATEGIES[round % STRATEGIES.length]!.make(),
          ...(round % 2 === 0 ? {} : { l2EntrySize: 512 }),
        });
        expect(Buffer.compare(await readAll(disk), made.bytes)).toBe(0);
        const terrain = terrainOf(shape, disk.size);
        for (const batch of batches(round, 12, terrain)) {
          await play(disk, batch, made.bytes, terrain);
        }
        await disk.close();
        await device.close();
        qemuImg(['check', '-q', '-f', 'qed', file], [0], folder);
        compare(folder, file, made.bytes);
        const commands = theirTurn(random, terrain.size, terrain.clusterSize, shape.backing === 0);
        qemuIo(file, commands, ['-f', 'qed', '-t', 'unsafe']);
        qemuImg(['check', '-q', '-f', 'qed', file], [0], folder);
        made.bytes.set(converted(folder, file));
      }
    });
  }
});
