// Four defects of QEMU's own driver, absent here.
import { MemoryDevice } from '@q/block';
import { checkQed, FEATURE_NEED_CHECK } from '@q/qed';
import { describe, expect, it } from 'vitest';
import { create, open } from '../src/index.ts';
import { entryAt, featuresOf, setEntry } from './support/bytes.ts';
import { readAll } from './support/read-all.ts';

const CLUSTER = 4096;

/** An image of two data clusters that was not closed, with its L2 table's offset. */
async function unclosed(): Promise<{ file: MemoryDevice; l2: number }> {
  const file = new MemoryDevice();
  const disk = await create(file, { size: 2 ** 20, clusterSize: CLUSTER });
  await disk.write(new Uint8Array(2 * CLUSTER).fill(7), 0);
  await disk.flush();
  const copy = new MemoryDevice(file.bytes());
  await disk.close();
  return { file: copy, l2: entryAt(copy, CLUSTER) };
}

describe('the mark that a check is needed', () => {
  it('stays on an image with a cluster that two entries name: it is not opened for writing', async () => {
    const { file, l2 } = await unclosed();
    expect(featuresOf(file)).toBe(FEATURE_NEED_CHECK);
    setEntry(file, l2 + 8, entryAt(file, l2));
    await expect(open(file)).rejects.toMatchObject({ code: 'corrupt', found: 1 });
    expect(featuresOf(file)).toBe(FEATURE_NEED_CHECK);
    expect(await checkQed(file, { repair: true })).toMatchObject({ corruptions: 1 });
    expect(featuresOf(file)).toBe(FEATURE_NEED_CHECK);
    const disk = await open(file, { readOnly: true });
    expect((await readAll(disk))[CLUSTER]).toBe(7);
    await disk.close();
    expect(featuresOf(file)).toBe(FEATURE_NEED_CHECK);
  });

  it('stays at the close when damage was found on the way', async () => {
    const { file, l2 } = await unclosed();
    const disk = await open(file);
    await disk.write(new Uint8Array(1), 9 * CLUSTER);
    await disk.close();
    setEntry(file, l2 + 80, 0x1001);
    const again = await open(file);
    expect(() => again.read(new Uint8Array(1), 10 * CLUSTER)).toThrow(/guest offset 40960/);
    await again.write(new Uint8Array(1), 20 * CLUSTER);
    await again.close();
    expect(featuresOf(file)).toBe(FEATURE_NEED_CHECK);
    const repaired = await open(file);
    expect(repaired.needCheck).toBe(false);
    expect(await readAll(repaired)).toHaveLength(2 ** 20);
    await repaired.close();
  });
});

describe('a file of more than 4,095 clusters', () => {
  it('has no leaks when all are used', async () => {
    const file = new MemoryDevice();
    const disk = await create(file, { size: 2 ** 25, clusterSize: CLUSTER, tableSize: 2 });
    await disk.write(new Uint8Array(CLUSTER * 4200).fill(1), 0);
    await disk.close();
    const report = await checkQed(file);
    expect(report).toMatchObject({ corruptions: 0, leaks: 0, allocatedClusters: 4200 });
    expect(report.fileClusters).toBeGreaterThan(4200);
  });
});

describe('an image with tables of one cluster', () => {
  it.each([4096, 65536])(
    'is opened again and written, clusters of %d bytes',
    async (clusterSize) => {
      const file = new MemoryDevice();
      const options = { size: 2 ** 20, clusterSize, tableSize: 1 };
      await (await create(file, options)).close();
      for (const round of [1, 2, 3]) {
        const disk = await open(file);
        await disk.write(new Uint8Array(1000).fill(round), round * 300_000);
        await disk.close();
      }
      const disk = await open(file, { readOnly: true });
      const bytes = await readAll(disk);
      expect([1, 2, 3].map((round) => bytes[round * 300_000 + 999])).toEqual([1, 2, 3]);
      expect(await checkQed(file)).toMatchObject({ corruptions: 0, leaks: 0 });
    },
  );
});

describe('a zero cluster over bytes of the backing file', () => {
  it.each([true, false])(
    'stays zero where it is not written, taking over tails: %s',
    async (takeOver) => {
      const below = new MemoryDevice(new Uint8Array(2 ** 16).fill(0xbb));
      const file = new MemoryDevice();
      const disk = await create(
        file,
        { size: 2 ** 16, clusterSize: CLUSTER, backing: { name: 'b', format: 'raw' } },
        { backing: () => below, takeOver },
      );
      await disk.writeZeroes(CLUSTER, 2 * CLUSTER);
      await disk.flush();
      await disk.write(new Uint8Array(1024).fill(0xcc), CLUSTER + 512);
      await disk.flush();
      const expected = new Uint8Array(2 ** 16).fill(0xbb);
      expected.fill(0, CLUSTER, 3 * CLUSTER).fill(0xcc, CLUSTER + 512, CLUSTER + 1536);
      expect(Buffer.compare(await readAll(disk), expected)).toBe(0);
      await disk.close();
    },
  );
});
