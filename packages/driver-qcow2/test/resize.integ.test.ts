import { MemoryDevice } from '@q/block';
import { qemuImg, qemuIo, scratch, withQemu } from '@q/judge';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { check } from '../src/check/check.ts';
import { open } from '../src/index.ts';
import { readAll } from './support/chain.ts';
import { judge } from './support/dump.ts';
import { resize, resized, rounds } from './support/resizes.ts';
import { play } from './support/sequence.ts';
import { gates, make, SHAPES, terrainOf, type Made } from './support/shapes.ts';

withQemu('changes of size and qemu-img', () => {
  const folder = scratch();
  it.each(SHAPES)(
    'it finds what we have resized, and what it has resized is read: $name',
    async (shape) => {
      let made = await make(shape, 5);
      for (const [i, round] of [...rounds(shape, 5, 8, 4)].entries()) {
        const disk = await open(made.file, gates(made));
        const terrain = terrainOf(shape, round.size);
        for (const batch of round.batches) await play(disk, batch, made.bytes, terrain);
        if (i % 2 === 0) await resize(disk, round.next);
        const size = disk.size;
        await disk.close();
        made = { ...made, bytes: resized(made.bytes, size) };
        judge(folder, made);
        if (size === round.next) continue;
        const image = path.join(folder, 'image.qcow2');
        qemuImg(
          ['resize', '-q', '--shrink', '-f', 'qcow2', image, String(round.next)],
          [0],
          folder,
        );
        qemuImg(['check', '-q', '-f', 'qcow2', image], [0], folder);
        const file = new MemoryDevice(readFileSync(image));
        const data =
          made.data === undefined
            ? undefined
            : new MemoryDevice(readFileSync(path.join(folder, 'd')));
        made = { ...made, file, data, bytes: resized(made.bytes, round.next) };
        const theirs = await open(made.file, { ...gates(made), readOnly: true });
        expect(theirs.size).toBe(round.next);
        expect(Buffer.compare(await readAll(theirs), made.bytes)).toBe(0);
        await theirs.close();
      }
    },
  );

  describe('an image with a snapshot', () => {
    const cluster = 4096;
    function snapshotted(options: string): Made & { readonly before: string } {
      const image = path.join(folder, 'image.qcow2');
      qemuImg(['create', '-q', '-f', 'qcow2', '-o', options, image, String(3000 * cluster)]);
      const io = (command: string): void => void qemuIo(image, [command], ['-f', 'qcow2']);
      io(`write -q -P 0x51 0 ${2000 * cluster}`);
      qemuImg(['snapshot', '-c', 'before', image]);
      io(`write -q -P 0x52 ${500 * cluster} ${300 * cluster}`);
      const raw = path.join(folder, 'active.raw');
      const before = path.join(folder, 'before.raw');
      qemuImg(['convert', '-f', 'qcow2', '-O', 'raw', image, raw]);
      qemuImg(['convert', '-l', 'before', '-f', 'qcow2', '-O', 'raw', image, before]);
      return {
        file: new MemoryDevice(readFileSync(image)),
        backing: undefined,
        data: undefined,
        bytes: new Uint8Array(readFileSync(raw)),
        before,
      };
    }

    it('shrinks and grows, and the snapshot keeps its disk', async () => {
      let made = snapshotted(`cluster_size=${cluster}`);
      for (const size of [700 * cluster + 512, 4000 * cluster, 100 * cluster]) {
        const disk = await open(made.file);
        await resize(disk, size);
        await disk.close();
        expect(await check(made.file)).toMatchObject({ corruptions: 0, leaks: 0 });
        made = { ...made, bytes: resized(made.bytes, size) };
        judge(folder, made);
      }
      const after = path.join(folder, 'after.raw');
      const image = path.join(folder, 'image.qcow2');
      qemuImg(['snapshot', '-a', 'before', image]);
      qemuImg(['check', '-q', '-f', 'qcow2', image]);
      qemuImg(['convert', '-f', 'qcow2', '-O', 'raw', image, after]);
      qemuImg(['compare', '-q', '-f', 'raw', '-F', 'raw', made.before, after]);
    });

    it('is refused in version 2, as qemu-img refuses it', async () => {
      const made = snapshotted(`cluster_size=${cluster},compat=0.10`);
      const disk = await open(made.file);
      for (const size of [5000 * cluster, cluster]) {
        await expect(disk.resize(size, { shrink: true })).rejects.toMatchObject({
          code: 'unsupported',
        });
      }
      await disk.close();
      qemuImg(['resize', '-f', 'qcow2', path.join(folder, 'image.qcow2'), '1G'], [1]);
    });
  });

  it('persistent bitmaps are in the way of both', async () => {
    const image = path.join(folder, 'bitmaps.qcow2');
    qemuImg(['create', '-q', '-f', 'qcow2', image, '1M']);
    qemuImg(['bitmap', '--add', '-f', 'qcow2', image, 'b']);
    const disk = await open(new MemoryDevice(readFileSync(image)));
    await expect(disk.resize(2 ** 21)).rejects.toMatchObject({ code: 'unsupported' });
    await disk.close();
  });

  it('a shrink makes the file as short as qemu-img does', async () => {
    const image = path.join(folder, 'large.qcow2');
    qemuImg(['create', '-q', '-f', 'qcow2', '-o', 'cluster_size=4096', image, '64M']);
    qemuIo(image, ['write -q -P 7 0 40M'], ['-f', 'qcow2']);
    const file = new MemoryDevice(readFileSync(image));
    const disk = await open(file);
    await disk.resize(2 ** 20, { shrink: true });
    await disk.close();
    writeFileSync(path.join(folder, 'ours.qcow2'), file.bytes());
    qemuImg(['resize', '-q', '--shrink', '-f', 'qcow2', image, '1M']);
    expect(file.size).toBeLessThanOrEqual(statSync(image).size);
    qemuImg(['check', '-q', '-f', 'qcow2', path.join(folder, 'ours.qcow2')]);
    qemuImg([
      'compare',
      '-q',
      '-f',
      'qcow2',
      '-F',
      'qcow2',
      path.join(folder, 'ours.qcow2'),
      image,
    ]);
  });
});
