import { MemoryDevice, Prng } from '@q/block';
import { scratch, withQemu } from '@q/judge';
import { it } from 'vitest';
import { create } from '../src/index.ts';
import { compare, dump, theirImage } from './support/dump.ts';
import { openOptions, type Made, type Shape } from './support/shapes.ts';

withQemu('an image that has been resized', () => {
  const folder = scratch();
  const shape: Shape = {
    name: 'resized',
    create: { size: 2 ** 20, l2Entries: 64, backing: { name: 'b' } },
    backing: 3 * 2 ** 20,
  };

  it('is read by qemu-img', async () => {
    const random = new Prng(2);
    const backing = new MemoryDevice(random.fill(new Uint8Array(shape.backing)));
    const file = new MemoryDevice();
    let made: Made = { shape, file, backing, bytes: backing.bytes().slice(0, 2 ** 20) };
    const disk = await create(file, shape.create, openOptions(made));
    for (const size of [2 ** 22, 2 ** 19 + 512, 2 ** 21 + 1024]) {
      await disk.resize(size);
      const bytes = new Uint8Array(size);
      bytes.set(made.bytes.subarray(0, size));
      const part = random.fill(new Uint8Array(5000));
      await disk.write(part, size - part.length);
      bytes.set(part, size - part.length);
      await disk.flush();
      made = { ...made, bytes };
      const image = theirImage(dump(folder, made), { encrypted: false, backing: true });
      compare(folder, image, bytes);
    }
    await disk.close();
  });
});
