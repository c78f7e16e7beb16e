import { isImageError, MemoryDevice, withFaults, withPowerCut } from '@q/block';
import { checkQed } from '@q/qed';
import { describe, expect, it } from 'vitest';
import { create, open, type QedImage } from '../src/index.ts';
import { readAll } from './support/read-all.ts';
import { Lent } from './support/shapes.ts';

const CLUSTER = 4096;

/** A disk of 10.5 clusters, whose last one is copied whole from a backing device of 600 clusters. */
async function small(file: MemoryDevice): Promise<{ disk: QedImage; below: MemoryDevice }> {
  const below = new MemoryDevice(new Uint8Array(600 * CLUSTER).fill(0xbb));
  const disk = await create(
    file,
    {
      size: 10 * CLUSTER + 2048,
      clusterSize: CLUSTER,
      tableSize: 1,
      backing: { name: 'b', format: 'raw' },
    },
    { backing: () => new Lent(below) },
  );
  return { disk, below };
}

describe('a disk that grows', () => {
  it.each([
    [10 * CLUSTER + 2560, true],
    [11 * CLUSTER, false],
    [30 * CLUSTER + 512, true],
    [30 * CLUSTER + 512, false],
    [599 * CLUSTER, true],
    [900 * CLUSTER + 512, false],
  ])(
    'to %d bytes reads as zeroes behind its old end, last cluster written before: %s',
    async (size, written) => {
      const file = new MemoryDevice();
      const { disk, below } = await small(file);
      const old = disk.size;
      const expected = new Uint8Array(size);
      expected.fill(0xbb, 0, old);
      if (written) {
        await disk.write(Uint8Array.of(9), 10 * CLUSTER);
        expected[10 * CLUSTER] = 9;
      }
      await disk.resize(size);
      expect(disk.size).toBe(size);
      expect(Buffer.compare(await readAll(disk), expected)).toBe(0);
      await disk.write(Uint8Array.of(8), size - 1);
      expected[size - 1] = 8;
      await disk.close();
      const again = await open(file, { backing: () => new Lent(below) });
      expect(Buffer.compare(await readAll(again), expected)).toBe(0);
      await again.close();
      expect(await checkQed(file)).toMatchObject({ corruptions: 0, leaks: 0 });
    },
  );

  it('has its old size or its new one after a power cut, and no byte of what was below', async () => {
    const memory = new MemoryDevice();
    const { disk, below } = await small(memory);
    await disk.close();
    let judged = 0;
    const sizes = new Set<number>();
    const device = withPowerCut(memory, {
      onFlush: async (cut) => {
        for (const { image } of cut.survivors({ seed: judged, count: 5 })) {
          const survivor = await open(image, { readOnly: true, backing: () => new Lent(below) });
          const bytes = await readAll(survivor);
          expect(bytes.subarray(10 * CLUSTER + 2048).some((byte) => byte !== 0)).toBe(false);
          sizes.add(survivor.size);
          judged++;
        }
      },
    });
    const through = await open(device, { backing: () => new Lent(below) });
    await through.resize(700 * CLUSTER);
    await through.close();
    expect([...sizes].sort((a, b) => a - b)).toEqual([10 * CLUSTER + 2048, 700 * CLUSTER]);
  });

  it('keeps its size when growing fails, and grows at the next try', async () => {
    const file = new MemoryDevice();
    const { disk, below } = await small(file);
    await disk.close();
    for (let nth = 1; nth <= 6; nth++) {
      const copy = new MemoryDevice(file.bytes());
      const broken = withFaults(copy, [{ on: ['write', 'flush', 'resize'], nth }]);
      const through = await open(broken, { backing: () => new Lent(below) });
      await expect(through.resize(20 * CLUSTER)).rejects.toSatisfy((error) =>
        isImageError(error, 'io'),
      );
      expect(through.size).toBe(10 * CLUSTER + 2048);
      await through.resize(20 * CLUSTER);
      const bytes = await readAll(through);
      expect(bytes.subarray(10 * CLUSTER + 2048).every((byte) => byte === 0)).toBe(true);
      await through.close();
    }
  });

  it('is refused what the format does not have', async () => {
    const file = new MemoryDevice();
    const { disk } = await small(file);
    await expect(disk.resize(5 * CLUSTER)).rejects.toMatchObject({ code: 'unsupported' });
    await expect(disk.resize(20 * CLUSTER + 1)).rejects.toBeInstanceOf(RangeError);
    await expect(disk.resize(2 ** 30 + 512)).rejects.toMatchObject({
      code: 'limit',
      expected: 2 ** 30,
    });
    await disk.resize(2 ** 30);
    await disk.resize(2 ** 30);
    expect(disk.size).toBe(2 ** 30);
    await disk.close();
  });
});
