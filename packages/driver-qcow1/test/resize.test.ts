import { MemoryDevice, Prng, withPowerCut } from '@q/block';
import { describe, expect, it } from 'vitest';
import { check, create, open, type Qcow1Image, type Qcow1OpenOptions } from '../src/index.ts';
import { Lent, readAll } from './support/shapes.ts';

const KiB = 1024;

describe('a resize', () => {
  for (const backed of [false, true]) {
    it(`shows zeroes, and keeps the rest${backed ? ', over a longer backing device' : ''}`, async () => {
      const random = new Prng(3);
      const file = new MemoryDevice();
      const below = random.fill(new Uint8Array(3000 * KiB + 100));
      const backing = new MemoryDevice(below);
      const options: Qcow1OpenOptions = { backing: () => new Lent(backing) };
      const size = 200 * KiB;
      const named = backed ? { backing: { name: 'b' } } : {};
      let disk: Qcow1Image = await create(
        file,
        { size, clusterSize: 4096, l2Entries: 64, ...named },
        options,
      );
      let bytes = new Uint8Array(size);
      if (backed) bytes.set(below.subarray(0, size));
      for (let round = 0; round < 25; round++) {
        const to = (1 + random.below(2500)) * 512;
        await disk.resize(to);
        expect(disk.size).toBe(to);
        const resized = new Uint8Array(to);
        resized.set(bytes.subarray(0, to));
        bytes = resized;
        for (let i = 0; i < 5; i++) {
          const at = random.below(to);
          const part = random.fill(new Uint8Array(1 + random.below(Math.min(20_000, to - at))));
          await disk.write(part, at);
          bytes.set(part, at);
        }
        expect(Buffer.compare(await readAll(disk), bytes)).toBe(0);
        if (round % 5 > 0) continue;
        await disk.close();
        expect((await check(file)).corruptions).toBe(0);
        disk = await open(file, options);
        expect(Buffer.compare(await readAll(disk), bytes)).toBe(0);
      }
      await disk.close();
    });
  }

  it('leaves the old disk or the new one when the power is cut', async () => {
    const memory = new MemoryDevice();
    const random = new Prng(1);
    const small = 300 * KiB;
    const large = 900 * KiB;
    const bytes = random.fill(new Uint8Array(small));
    const judged = new Set<number>();
    let armed = false;
    const file = withPowerCut(memory, {
      onFlush: async (device) => {
        if (!armed) return;
        for (const { image } of device.survivors({ seed: judged.size, count: 5 })) {
          expect((await check(image)).corruptions).toBe(0);
          const disk = await open(image, { readOnly: true });
          judged.add(disk.size);
          expect([small, large]).toContain(disk.size);
          const found = await readAll(disk);
          expect(Buffer.compare(found.subarray(0, small), bytes)).toBe(0);
          expect(found.subarray(small).every((byte) => byte === 0)).toBe(true);
        }
      },
    });
    const disk = await create(file, { size: small, clusterSize: 512, l2Entries: 64 });
    await disk.write(bytes, 0);
    await disk.flush();
    armed = true;
    await disk.resize(large);
    await disk.resize(small);
    expect([...judged].sort((a, b) => a - b)).toEqual([small, large]);
    await disk.close();
  });

  it('waits for no one for ever: writes that are under way meanwhile succeed', async () => {
    const file = new MemoryDevice();
    const disk = await create(file, { size: 512 * KiB });
    const writes = Array.from({ length: 20 }, (_, i) =>
      disk.write(new Uint8Array(3000).fill(i + 1), i * 3000),
    );
    await Promise.all([disk.resize(4096 * KiB), ...writes, disk.resize(1024 * KiB)]);
    expect(disk.size).toBe(1024 * KiB);
    const found = await readAll(disk);
    for (let i = 0; i < 20; i++) expect(found[i * 3000]).toBe(i + 1);
    await disk.close();
  });

  it('refuses sizes that the format does not have', async () => {
    const disk = await create(new MemoryDevice(), { size: 512 });
    for (const size of [0, -512, 100, 1.5, NaN]) {
      await expect((async () => await disk.resize(size))()).rejects.toThrow(RangeError);
    }
    await expect((async () => await disk.resize(2 ** 50))()).rejects.toMatchObject({
      code: 'limit',
    });
    expect(disk.size).toBe(512);
    await disk.close();
  });
});
