import { MemoryDevice, withScheduler } from '@q/block';
import { qemuImg, qemuIo, scratch, withQemu } from '@q/judge';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'vitest';
import { open } from '../src/index.ts';
import { judge } from './support/dump.ts';
import { effort } from './support/effort.ts';
import { batches, play } from './support/sequence.ts';
import {
  gates,
  make,
  SHAPES,
  STRATEGIES,
  terrainOf,
  type Made,
  type Shape,
} from './support/shapes.ts';

const SEQUENCES = effort(3, 25);

/** Plays sequences on an image; at each drain qemu-img judges the file. */
async function playJudged(folder: string, shape: Shape, made: Made, seed: number): Promise<void> {
  const strategy = STRATEGIES[seed % STRATEGIES.length]!;
  for (const [round, permuted] of [false, true].entries()) {
    const disk = await open(permuted ? withScheduler(made.file, { seed }) : made.file, {
      ...gates(made),
      l2Cache: strategy.make(),
      refcountCache: strategy.make(),
      l2EntrySize: 512,
      takeOver: seed % 2 === 0,
    });
    const terrain = terrainOf(shape, disk.size);
    let n = 0;
    for (const batch of batches(seed * 10 + round, 30, terrain)) {
      await play(disk, batch, made.bytes, terrain);
      if (++n % 10 > 0) continue;
      await disk.flush();
      // With lazy refcounts the counts are true only when the image is closed.
      if (shape.create.lazyRefcounts !== true) judge(folder, made);
    }
    await disk.close();
    judge(folder, made);
  }
}

withQemu('qemu-img finds what was written, and neither errors nor leaks', () => {
  const folder = scratch();
  describe.each(SHAPES)('$name', (shape) => {
    for (let seed = 1; seed <= SEQUENCES; seed++) {
      it(`sequence ${seed}`, async () => {
        await playJudged(folder, shape, await make(shape, seed), seed);
      });
    }
  });

  describe.each([
    { name: 'deflate, 4 KiB clusters, snapshot', options: 'cluster_size=4096', cluster: 4096 },
    {
      name: 'zstd, 64 KiB clusters, snapshot',
      options: 'cluster_size=65536,compression_type=zstd',
      cluster: 65536,
    },
    {
      name: 'extended L2 entries, compressed, snapshot',
      options: 'cluster_size=16384,extended_l2=on',
      cluster: 16384,
    },
    {
      name: 'version 2, compressed, snapshot',
      options: 'cluster_size=4096,compat=0.10',
      cluster: 4096,
    },
  ])('an image of qemu-io with compressed and shared clusters: $name', ({ options, cluster }) => {
    for (let seed = 1; seed <= SEQUENCES; seed++) {
      it(`sequence ${seed}`, async () => {
        const size = cluster * 60 + 512;
        const file = path.join(folder, 'start.qcow2');
        qemuImg(['create', '-q', '-f', 'qcow2', '-o', options, file, String(size)]);
        qemuIo(
          file,
          [
            `write -q -c -P 0x51 0 ${cluster * 10}`,
            `write -q -P 0x52 ${cluster * 12} ${cluster * 10}`,
            `write -q -z ${cluster * 14} ${cluster}`,
          ],
          ['-f', 'qcow2', '-t', 'unsafe'],
        );
        qemuImg(['snapshot', '-c', 'before', file]);
        qemuIo(
          file,
          [
            `write -q -c -P 0x53 ${cluster * 30} ${cluster * 5}`,
            `write -q -P 0x54 ${cluster * 18} 700`,
          ],
          ['-f', 'qcow2', '-t', 'unsafe'],
        );
        const raw = path.join(folder, 'start.raw');
        qemuImg(['convert', '-f', 'qcow2', '-O', 'raw', file, raw]);
        const snapshot = path.join(folder, 'snapshot.raw');
        qemuImg(['convert', '-l', 'before', '-f', 'qcow2', '-O', 'raw', file, snapshot]);
        const made: Made = {
          file: new MemoryDevice(readFileSync(file)),
          backing: undefined,
          data: undefined,
          bytes: new Uint8Array(readFileSync(raw)),
        };
        const shape: Shape = { name: '', create: { size, clusterSize: cluster }, backing: 0 };
        await playJudged(folder, shape, made, seed);
        // The snapshot has not changed.
        const after = path.join(folder, 'after.raw');
        qemuImg([
          'convert',
          '-l',
          'before',
          '-f',
          'qcow2',
          '-O',
          'raw',
          path.join(folder, 'image.qcow2'),
          after,
        ]);
        qemuImg(['compare', '-f', 'raw', '-F', 'raw', snapshot, after]);
      });
    }
  });
});
