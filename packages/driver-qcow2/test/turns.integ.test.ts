import { Prng } from '@q/block';
import { openFile } from '@q/block/node';
import { qemuImg, qemuIo, scratch, withQemu } from '@q/judge';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { openImage, readAll } from './support/chain.ts';
import { dump } from './support/dump.ts';
import { effort } from './support/effort.ts';
import { batches, play } from './support/sequence.ts';
import { make, SHAPES, STRATEGIES, terrainOf } from './support/shapes.ts';

const ROUNDS = effort(3, 20);

/** Writes of qemu-io, and what they do to the guest's bytes. */
function theirTurn(random: Prng, size: number, cluster: number, bytes: Uint8Array): string[] {
  const commands: string[] = [];
  for (let i = 0; i < 6; i++) {
    const offset = random.below(size / 512) * 512;
    const length = Math.min(size - offset, (1 + random.below((cluster * 3) / 512)) * 512);
    if (random.chance(0.25)) {
      commands.push(`write -q -z ${offset} ${length}`);
      bytes.fill(0, offset, offset + length);
    } else {
      const pattern = random.below(256);
      commands.push(`write -q -P ${pattern} ${offset} ${length}`);
      bytes.fill(pattern, offset, offset + length);
    }
  }
  return commands;
}

withQemu('an image written in turns, here and by qemu-io', () => {
  const folder = scratch();
  for (const shape of SHAPES) {
    // qemu-io finds no data file beside the image.
    if (shape.dataFile === true) continue;
    it(shape.name, async () => {
      const random = new Prng(1);
      const made = await make(shape, 1);
      const file = dump(folder, made);
      for (let round = 1; round <= ROUNDS; round++) {
        const device = openFile(file);
        const disk = await openImage(file, {
          file: device,
          readOnly: false,
          l2Cache: STRATEGIES[round % STRATEGIES.length]!.make(),
          l2EntrySize: 512,
        });
        expect(Buffer.compare(await readAll(disk), made.bytes)).toBe(0);
        const terrain = terrainOf(shape, disk.size);
        for (const batch of batches(round, 12, terrain)) {
          await play(disk, batch, made.bytes, terrain);
        }
        await disk.close();
        await device.close();
        qemuImg(['check', '-q', '-f', 'qcow2', file]);
        qemuIo(file, theirTurn(random, terrain.size, terrain.clusterSize, made.bytes), [
          '-f',
          'qcow2',
          '-t',
          'unsafe',
        ]);
        const raw = path.join(folder, 'expected.raw');
        writeFileSync(raw, made.bytes);
        qemuImg(['compare', '-q', '-f', 'qcow2', '-F', 'raw', file, raw]);
      }
    });
  }
});
