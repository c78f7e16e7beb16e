import { Prng } from '@q/block';
import { openFile } from '@q/block/node';
import { qemuIo, scratch, withQemu } from '@q/judge';
import { expect, it } from 'vitest';
import { check } from '../src/index.ts';
import { compare, dump, openImage, theirImage } from './support/dump.ts';
import { effort } from './support/effort.ts';
import { batches, play } from './support/sequence.ts';
import { make, openOptions, readAll, SHAPES, STRATEGIES, terrainOf } from './support/shapes.ts';

const ROUNDS = effort(3, 30);

/**
 * Writes of qemu-io, and what they do to the guest's bytes. QEMU zeroes what a write leaves of a new cluster over a backing file, so over one, and over compressed
 * clusters that it may unpack, it gets whole clusters where these are larger than a sector.
 */
function theirTurn(random: Prng, size: number, unit: number, bytes: Uint8Array): string[] {
  const commands: string[] = [];
  for (let i = 0; i < 6; i++) {
    const offset = random.below(Math.ceil(size / unit)) * unit;
    const length = Math.min(size - offset, (1 + random.below(12)) * unit);
    const pattern = random.below(256);
    commands.push(`write -q -P ${pattern} ${offset} ${length}`);
    bytes.fill(pattern, offset, offset + length);
  }
  return commands;
}

withQemu('an image written in turns, here and by qemu-io', () => {
  const folder = scratch();
  for (const shape of SHAPES) {
    it(shape.name, async () => {
      const random = new Prng(1);
      const made = await make(shape, 1);
      const file = dump(folder, made);
      const encrypted = shape.encrypted === true;
      const theirs = theirImage(file, { encrypted, backing: shape.backing > 0 });
      for (let round = 1; round <= ROUNDS; round++) {
        const device = openFile(file);
        const l2Cache = STRATEGIES[round % STRATEGIES.length]!.make();
        const disk = await openImage(device, folder, { ...openOptions(made), l2Cache });
        expect(Buffer.compare(await readAll(disk), made.bytes)).toBe(0);
        const terrain = terrainOf(shape, disk);
        for (const batch of batches(round, 12, terrain)) await play(disk, batch, made.bytes);
        await disk.close();
        await device.close();
        compare(folder, theirs, made.bytes);
        const unit = shape.backing > 0 ? terrain.clusterSize : 512;
        const commands = theirTurn(random, terrain.size, unit, made.bytes);
        qemuIo(theirs.name, commands, [...theirs.options, '-t', 'unsafe']);
        compare(folder, theirs, made.bytes);
        const after = openFile(file, { readOnly: true });
        expect((await check(after)).corruptions).toBe(0);
        await after.close();
      }
    });
  }
});
