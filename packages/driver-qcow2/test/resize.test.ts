import { MemoryDevice } from '@q/block';
import { describe, expect, it } from 'vitest';
import { check } from '../src/check/check.ts';
import { create, open, type Qcow2CreateOptions, type Qcow2Image } from '../src/index.ts';
import { readAll } from './support/chain.ts';
import { Lent } from './support/shapes.ts';

const CLUSTER = 4096;
/** What an L2 table maps. */
const SPAN = (CLUSTER / 8) * CLUSTER;

async function fresh(
  options: Partial<Qcow2CreateOptions> = {},
): Promise<{ file: MemoryDevice; disk: Qcow2Image }> {
  const file = new MemoryDevice();
  const disk = await create(file, { size: 8 * CLUSTER, clusterSize: CLUSTER, ...options });
  return { file, disk };
}

function ones(length: number): Uint8Array {
  return new Uint8Array(length).fill(0xaa);
}

async function read(disk: Qcow2Image, offset: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  await disk.read(bytes, offset);
  return bytes;
}

async function isZero(disk: Qcow2Image, offset: number, length: number): Promise<boolean> {
  return (await read(disk, offset, length)).every((byte) => byte === 0);
}

async function closeClean(file: MemoryDevice, disk: Qcow2Image): Promise<void> {
  await disk.close();
  expect(await check(file)).toMatchObject({ corruptions: 0, leaks: 0 });
}

describe('a disk that grows', () => {
  it('has the new size at once, in the file too, and its old bytes', async () => {
    const { file, disk } = await fresh();
    await disk.write(ones(CLUSTER), 7 * CLUSTER);
    await disk.resize(20 * CLUSTER + 100);
    expect(disk.size).toBe(20 * CLUSTER + 512);
    expect(disk.geometry.virtualSize).toBe(disk.size);
    expect(await read(disk, 7 * CLUSTER, CLUSTER)).toEqual(ones(CLUSTER));
    expect(await isZero(disk, 8 * CLUSTER, 12 * CLUSTER + 512)).toBe(true);
    await disk.write(ones(512), 20 * CLUSTER);
    await closeClean(file, disk);
    const again = await open(file);
    expect(again.size).toBe(20 * CLUSTER + 512);
    expect(await read(again, 20 * CLUSTER, 512)).toEqual(ones(512));
    await again.close();
  });

  it('moves its L1 table when that is too small, over and over', async () => {
    const { file, disk } = await fresh();
    await disk.write(ones(CLUSTER), 0);
    for (const tables of [2, 700, 701, 3000]) {
      await disk.resize(tables * SPAN);
      await disk.write(ones(CLUSTER), tables * SPAN - CLUSTER);
    }
    for (const tables of [2, 700, 701, 3000]) {
      expect(await read(disk, tables * SPAN - CLUSTER, CLUSTER)).toEqual(ones(CLUSTER));
    }
    await closeClean(file, disk);
    const again = await open(file);
    expect(again.header.header.l1Size).toBe(3000);
    expect(await read(again, 0, CLUSTER)).toEqual(ones(CLUSTER));
    await again.close();
  });

  it('from nothing', async () => {
    const { file, disk } = await fresh({ size: 0 });
    await disk.resize(3 * CLUSTER);
    await disk.write(ones(3 * CLUSTER), 0);
    expect(await read(disk, 0, 3 * CLUSTER)).toEqual(ones(3 * CLUSTER));
    await closeClean(file, disk);
  });

  for (const extendedL2 of [false, true]) {
    it(`shows nothing of a longer backing device: extended L2 entries ${extendedL2}`, async () => {
      const clusterSize = extendedL2 ? 16384 : CLUSTER;
      const backing = new MemoryDevice(ones(10 * clusterSize + 700));
      const file = new MemoryDevice();
      const disk = await create(
        file,
        {
          size: 2 * clusterSize + 512,
          clusterSize,
          extendedL2,
          backing: { name: 'b', format: 'raw' },
        },
        { backing: () => new Lent(backing) },
      );
      await disk.resize(20 * clusterSize);
      expect(await read(disk, 0, 2 * clusterSize + 512)).toEqual(ones(2 * clusterSize + 512));
      expect(await isZero(disk, 2 * clusterSize + 512, disk.size - 2 * clusterSize - 512)).toBe(
        true,
      );
      await closeClean(file, disk);
    });
  }

  it('is refused where version 2 would show a longer backing device', async () => {
    const file = new MemoryDevice();
    const disk = await create(
      file,
      { size: CLUSTER, clusterSize: CLUSTER, version: 2, backing: { name: 'b', format: 'raw' } },
      { backing: () => new MemoryDevice(ones(3 * CLUSTER)) },
    );
    await expect(disk.resize(2 * CLUSTER)).rejects.toMatchObject({ code: 'unsupported' });
    expect(disk.size).toBe(CLUSTER);
  });

  it('is refused beyond what an L1 table can map', async () => {
    const { disk } = await fresh({ clusterSize: 512 });
    await expect(disk.resize(2 ** 37 + 512)).rejects.toMatchObject({
      code: 'limit',
      expected: 2 ** 37,
    });
    await expect(disk.resize(-1)).rejects.toThrow(RangeError);
    await expect(disk.resize(NaN)).rejects.toThrow(RangeError);
    expect(disk.size).toBe(8 * CLUSTER);
  });
});

describe('a disk that shrinks', () => {
  it('needs consent', async () => {
    const { disk } = await fresh();
    await expect(disk.resize(CLUSTER)).rejects.toThrow(/shrink: true/);
    expect(disk.size).toBe(8 * CLUSTER);
  });

  it('gives back what lies behind the end, and cuts the file', async () => {
    const { file, disk } = await fresh({ size: 3 * SPAN });
    await disk.write(ones(CLUSTER), 0);
    await disk.flush();
    const small = file.size;
    await disk.write(ones(100 * CLUSTER), SPAN - 50 * CLUSTER);
    await disk.write(ones(CLUSTER), 3 * SPAN - CLUSTER);
    await disk.flush();
    expect(file.size).toBeGreaterThan(small + 100 * CLUSTER);
    await disk.resize(CLUSTER, { shrink: true });
    expect(disk.size).toBe(CLUSTER);
    expect(file.size).toBeLessThanOrEqual(small);
    expect(await read(disk, 0, CLUSTER)).toEqual(ones(CLUSTER));
    expect(() => disk.read(new Uint8Array(1), CLUSTER)).toThrow(RangeError);
    // The table stays as large as it was.
    expect(disk.header.header.l1Size).toBe(3);
    await closeClean(file, disk);
  });

  it('cuts off refcount blocks that count nothing any more', async () => {
    const { file, disk } = await fresh({ size: 9000 * CLUSTER });
    await disk.write(ones(6000 * CLUSTER), 0);
    await disk.flush();
    await disk.resize(10 * CLUSTER, { shrink: true });
    expect(file.size).toBeLessThan(40 * CLUSTER);
    await disk.resize(9000 * CLUSTER);
    await disk.write(ones(6000 * CLUSTER), 0);
    await closeClean(file, disk);
  });

  it('and grows again reads zeroes where it was cut', async () => {
    for (const options of [{}, { extendedL2: true, clusterSize: 16384 }, { version: 2 }] as const) {
      const { file, disk } = await fresh({ size: 8 * 16384, ...options });
      await disk.write(ones(8 * 16384), 0);
      await disk.resize(5 * CLUSTER + 512, { shrink: true });
      await disk.resize(8 * 16384);
      expect(await read(disk, 0, 5 * CLUSTER + 512)).toEqual(ones(5 * CLUSTER + 512));
      expect(await isZero(disk, 5 * CLUSTER + 512, 8 * 16384 - 5 * CLUSTER - 512)).toBe(true);
      await closeClean(file, disk);
    }
  });

  it('cuts inside of a compressed cluster', async () => {
    const { file, disk } = await fresh();
    await disk.writeCompressed(ones(8 * CLUSTER), 0);
    await disk.resize(2 * CLUSTER + 512, { shrink: true });
    await disk.resize(8 * CLUSTER);
    expect(await read(disk, 0, 2 * CLUSTER + 512)).toEqual(ones(2 * CLUSTER + 512));
    expect(await isZero(disk, 2 * CLUSTER + 512, 6 * CLUSTER - 512)).toBe(true);
    await closeClean(file, disk);
  });

  it('waits for requests, and lets those behind its end fail', async () => {
    const { file, disk } = await fresh();
    const results = await Promise.allSettled([
      disk.writeCompressed(ones(8 * CLUSTER), 0),
      disk.write(ones(3 * CLUSTER), 1000),
      disk.resize(3 * CLUSTER, { shrink: true }),
      disk.write(ones(100), 0),
    ]);
    expect(results.slice(1).map(({ status }) => status)).toEqual([
      'fulfilled',
      'fulfilled',
      'fulfilled',
    ]);
    expect(results[0]).toMatchObject({ status: 'rejected', reason: expect.any(RangeError) });
    expect(await read(disk, 1000, 3 * CLUSTER - 1000)).toEqual(ones(3 * CLUSTER - 1000));
    await closeClean(file, disk);
  });
});

describe('an external data file', () => {
  for (const raw of [false, true]) {
    it(`follows the size of the disk, and shows nothing old: raw ${raw}`, async () => {
      const file = new MemoryDevice();
      const data = new MemoryDevice();
      const disk = await create(
        file,
        { size: 8 * CLUSTER, clusterSize: CLUSTER, dataFile: { name: 'd', raw } },
        { dataFile: () => new Lent(data) },
      );
      await disk.write(ones(8 * CLUSTER), 0);
      await disk.resize(2 * CLUSTER + 512, { shrink: true });
      expect(data.size).toBe(2 * CLUSTER + 512);
      data.write(ones(3 * CLUSTER), 2 * CLUSTER + 512);
      await disk.resize(8 * CLUSTER);
      expect(data.size).toBe(8 * CLUSTER);
      const expected = new Uint8Array(8 * CLUSTER);
      expected.fill(0xaa, 0, 2 * CLUSTER + 512);
      expect(Buffer.compare(await readAll(disk), expected)).toBe(0);
      if (raw) expect(Buffer.compare(data.bytes(), expected)).toBe(0);
      await closeClean(file, disk);
    });
  }
});
