import { MemoryDevice, Prng, type Extent } from '@q/block';
import { decodeCompressed } from '@q/format';
import { describe, expect, it } from 'vitest';
import { check } from '../src/check/check.ts';
import { create, open, type Qcow2CreateOptions, type Qcow2Image } from '../src/index.ts';
import { readAll } from './support/chain.ts';

const CLUSTER = 4096;

/** A cluster that gets smaller: `noise` bytes of noise, then one byte again and again. */
function cluster(seed: number, noise = 1000, size = CLUSTER): Uint8Array {
  const random = new Prng(seed);
  const bytes = new Uint8Array(size).fill(seed);
  for (let i = 0; i < noise; i++) bytes[i] = random.below(256);
  return bytes;
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

async function fresh(
  options: Partial<Qcow2CreateOptions> = {},
): Promise<{ file: MemoryDevice; disk: Qcow2Image }> {
  const file = new MemoryDevice();
  const disk = await create(file, { size: 64 * CLUSTER, clusterSize: CLUSTER, ...options });
  return { file, disk };
}

function u64(file: MemoryDevice, at: number): { hi: number; lo: number } {
  const bytes = new Uint8Array(8);
  file.read(bytes, at);
  const view = new DataView(bytes.buffer);
  return { hi: view.getUint32(0), lo: view.getUint32(4) };
}

/** The L2 entries of a small image, as they are on disk. */
function entries(file: MemoryDevice, count: number, step = 8): { hi: number; lo: number }[] {
  const l2 = u64(file, u64(file, 40).lo).lo;
  return Array.from({ length: count }, (_, i) => u64(file, l2 + i * step));
}

async function extents(disk: Qcow2Image): Promise<Extent[]> {
  const all: Extent[] = [];
  for await (const extent of disk.extents(0, disk.size)) all.push(extent);
  return all;
}

async function closeClean(file: MemoryDevice, disk: Qcow2Image): Promise<void> {
  await disk.close();
  const report = await check(file);
  expect(report).toMatchObject({ corruptions: 0, leaks: 0 });
}

describe('compressed writes', () => {
  it('pack streams byte behind byte, on into a host cluster that is contiguous', async () => {
    const { file, disk } = await fresh();
    const bytes = joined(Array.from({ length: 20 }, (_, i) => cluster(i + 1)));
    await disk.writeCompressed(bytes, 0);
    await disk.flush();
    const ends: number[] = [];
    for (const { hi, lo } of entries(file, 20)) {
      const { offset, length } = decodeCompressed(hi, lo, 12);
      // A stream begins in the last sector of the one before.
      const before = ends.at(-1);
      if (before !== undefined) expect(before - offset).toBeLessThan(512);
      if (before !== undefined) expect(before - offset).toBeGreaterThanOrEqual(0);
      ends.push(offset + length);
    }
    // 20 streams of more than 1000 bytes each need 6 host clusters.
    expect(file.size).toBeLessThan(5 * CLUSTER + 7 * CLUSTER);
    expect(Buffer.compare((await readAll(disk)).subarray(0, bytes.length), bytes)).toBe(0);
    await closeClean(file, disk);
  });

  it('go on packing in the next call, and from the beginning of a cluster after the image was opened anew', async () => {
    const { file, disk } = await fresh();
    await disk.writeCompressed(cluster(1), 0);
    await disk.writeCompressed(cluster(2), CLUSTER);
    await disk.close();
    const again = await open(file);
    await again.writeCompressed(cluster(3), 2 * CLUSTER);
    await again.flush();
    const [first, second, third] = entries(file, 3).map(({ hi, lo }) =>
      decodeCompressed(hi, lo, 12),
    );
    expect(Math.floor(first!.offset / CLUSTER)).toBe(Math.floor(second!.offset / CLUSTER));
    expect(third!.offset % CLUSTER).toBe(0);
    await closeClean(file, again);
  });

  it('store what does not get smaller as it is', async () => {
    const { file, disk } = await fresh();
    const bytes = joined([cluster(1), cluster(2, CLUSTER), cluster(3)]);
    await disk.writeCompressed(bytes, 0);
    expect((await extents(disk)).map(({ kind, compressed }) => compressed ?? kind)).toEqual([
      true,
      'data',
      true,
      'hole',
    ]);
    expect(Buffer.compare((await readAll(disk)).subarray(0, bytes.length), bytes)).toBe(0);
    await closeClean(file, disk);
  });

  it('replace what was there, and give its clusters back', async () => {
    const { file, disk } = await fresh();
    await disk.write(cluster(9, CLUSTER), 0);
    await disk.writeCompressed(cluster(8), CLUSTER);
    const small = new Uint8Array(10);
    await disk.read(small, CLUSTER + 5); // the inflated cluster is kept
    await disk.writeCompressed(joined([cluster(1), cluster(2)]), 0);
    expect((await readAll(disk)).subarray(0, 2 * CLUSTER)).toEqual(
      joined([cluster(1), cluster(2)]),
    );
    await disk.read(small, CLUSTER + 5);
    expect(small).toEqual(cluster(2).subarray(5, 15));
    await closeClean(file, disk);
  });

  it('never go on in a host cluster that was freed meanwhile and belongs to somebody else', async () => {
    const { file, disk } = await fresh();
    await disk.writeCompressed(cluster(1), 0);
    await disk.discard(0, CLUSTER);
    await disk.flush();
    // Takes the first free cluster: the one that the stream was in.
    await disk.write(cluster(2, CLUSTER), 10 * CLUSTER);
    await disk.writeCompressed(cluster(3), 20 * CLUSTER);
    await disk.flush();
    const found = new Uint8Array(CLUSTER);
    await disk.read(found, 10 * CLUSTER);
    expect(found).toEqual(cluster(2, CLUSTER));
    await closeClean(file, disk);
  });

  it('use a cluster each where a refcount counts to 1', async () => {
    const { file, disk } = await fresh({ refcountBits: 1 });
    const bytes = joined([cluster(1), cluster(2), cluster(3)]);
    await disk.writeCompressed(bytes, 0);
    await disk.flush();
    for (const { hi, lo } of entries(file, 3)) {
      expect(decodeCompressed(hi, lo, 12).offset % CLUSTER).toBe(0);
    }
    await closeClean(file, disk);
  });

  it('begin a new host cluster when the one at hand has as many users as can be counted', async () => {
    const { file, disk } = await fresh({ refcountBits: 2 });
    await disk.writeCompressed(joined([1, 2, 3, 4].map((i) => cluster(i, 10))), 0);
    await disk.flush();
    const [first, , third, fourth] = entries(file, 4).map(
      ({ hi, lo }) => decodeCompressed(hi, lo, 12).offset,
    );
    expect(Math.floor(third! / CLUSTER)).toBe(Math.floor(first! / CLUSTER));
    expect(fourth! % CLUSTER).toBe(0);
    await closeClean(file, disk);
  });

  it('pad the last cluster of a disk that ends inside of one', async () => {
    const { file, disk } = await fresh({ size: 2 * CLUSTER + 512 });
    const bytes = joined([cluster(1), cluster(2), cluster(3).subarray(0, 512)]);
    await disk.writeCompressed(bytes, 0);
    expect(await readAll(disk)).toEqual(bytes);
    await closeClean(file, disk);
  });

  it('refuse parts of clusters, and images that have no compressed clusters', async () => {
    const { disk } = await fresh({ size: 2 * CLUSTER + 512 });
    for (const [at, length] of [
      [1, CLUSTER],
      [0, 100],
      [CLUSTER, CLUSTER + 100],
      [2 * CLUSTER, CLUSTER],
    ] as const) {
      await expect(disk.writeCompressed(new Uint8Array(length), at)).rejects.toThrow(RangeError);
    }
    await disk.writeCompressed(new Uint8Array(0), CLUSTER);
    const outside = await create(
      new MemoryDevice(),
      { size: CLUSTER * 4, clusterSize: CLUSTER, dataFile: { name: 'd' } },
      { dataFile: () => new MemoryDevice() },
    );
    await expect(outside.writeCompressed(new Uint8Array(CLUSTER), 0)).rejects.toMatchObject({
      code: 'unsupported',
    });
  });

  it('at the same time share host clusters, and each is found by reads as soon as it is acknowledged', async () => {
    for (const compression of ['deflate', 'zstd'] as const) {
      const { file, disk } = await fresh({ compression });
      await Promise.all(
        Array.from({ length: 64 }, async (_, i) => {
          await disk.writeCompressed(cluster(i, 300), i * CLUSTER);
          const found = new Uint8Array(CLUSTER);
          await disk.read(found, i * CLUSTER);
          expect(Buffer.compare(found, cluster(i, 300))).toBe(0);
        }),
      );
      expect(file.size).toBeLessThan(16 * CLUSTER);
      await closeClean(file, disk);
    }
  });
});
