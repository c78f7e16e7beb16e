import { MemoryDevice, type Extent } from '@q/block';
import { describe, expect, it } from 'vitest';
import { check } from '../src/check/check.ts';
import { create, open, type Qcow2Image } from '../src/index.ts';
import { readAll } from './support/chain.ts';
import { Lent } from './support/shapes.ts';

const CLUSTER = 4096;
const SPAN = (CLUSTER / 8) * CLUSTER;

async function kinds(disk: Qcow2Image): Promise<string[]> {
  const all: Extent[] = [];
  for await (const extent of disk.extents(0, disk.size)) all.push(extent);
  return all.map(({ kind }) => kind);
}

describe('preallocation', () => {
  for (const preallocation of ['metadata', 'falloc', 'full'] as const) {
    for (const options of [
      { clusterSize: CLUSTER },
      { clusterSize: CLUSTER, version: 2 },
      { clusterSize: CLUSTER, lazyRefcounts: true },
      { clusterSize: 512, refcountBits: 64 },
      { clusterSize: 16384, extendedL2: true },
    ] as const) {
      it(`maps the whole disk, which reads as zeroes: ${preallocation}, ${JSON.stringify(options)}`, async () => {
        const file = new MemoryDevice();
        const size = SPAN + 5 * CLUSTER + 512;
        const disk = await create(file, { ...options, size, preallocation });
        expect((await readAll(disk)).every((byte) => byte === 0)).toBe(true);
        const { size: before } = file;
        expect(before).toBeGreaterThan(size);
        const from = new Uint8Array(3 * CLUSTER).fill(9);
        await disk.write(from, SPAN - CLUSTER);
        await disk.close();
        // There was a place for it.
        expect(file.size).toBe(before);
        expect(await check(file)).toMatchObject({ corruptions: 0, leaks: 0 });
        const again = await open(file);
        const found = new Uint8Array(from.length);
        await again.read(found, SPAN - CLUSTER);
        expect(Buffer.compare(found, from)).toBe(0);
        if (!('extendedL2' in options))
          expect(new Set(await kinds(again))).toEqual(new Set(['data']));
        await again.close();
      });
    }
  }

  it('lets extended L2 entries show the backing device all the same', async () => {
    const below = new Uint8Array(4 * 16384).fill(7);
    const file = new MemoryDevice();
    const disk = await create(
      file,
      {
        size: 4 * 16384,
        clusterSize: 16384,
        extendedL2: true,
        preallocation: 'metadata',
        backing: { name: 'b', format: 'raw' },
      },
      { backing: () => new MemoryDevice(below) },
    );
    expect(Buffer.compare(await readAll(disk), below)).toBe(0);
    await disk.write(new Uint8Array(100), 1000);
    below.fill(0, 1000, 1100);
    expect(Buffer.compare(await readAll(disk), below)).toBe(0);
    await disk.close();
    expect(await check(file)).toMatchObject({ corruptions: 0, leaks: 0 });
  });

  it('shows nothing of what a data device had that does not grow', async () => {
    const data = new MemoryDevice(new Uint8Array(20 * CLUSTER).fill(5), { fixed: true });
    const disk = await create(
      new MemoryDevice(),
      { size: 20 * CLUSTER, clusterSize: CLUSTER, dataFile: { name: 'd', raw: true } },
      { dataFile: () => new Lent(data) },
    );
    expect((await readAll(disk)).every((byte) => byte === 0)).toBe(true);
    expect(data.bytes().every((byte) => byte === 0)).toBe(true);
    await disk.close();
  });

  for (const options of [{ raw: true }, { raw: false, preallocation: 'metadata' }] as const) {
    it(`maps an external data file, which loses what it had: ${JSON.stringify(options)}`, async () => {
      const file = new MemoryDevice();
      const data = new MemoryDevice(new Uint8Array(2 * SPAN).fill(5));
      const { raw, ...rest } = options;
      const disk = await create(
        file,
        { size: SPAN + CLUSTER, clusterSize: CLUSTER, dataFile: { name: 'd', raw }, ...rest },
        { dataFile: () => new Lent(data) },
      );
      expect(data.size).toBe(SPAN + CLUSTER);
      expect((await readAll(disk)).every((byte) => byte === 0)).toBe(true);
      expect(await kinds(disk)).toEqual(['data']);
      await disk.resize(3 * SPAN);
      expect(data.size).toBe(3 * SPAN);
      if (raw) expect(await kinds(disk)).toEqual(['data']);
      await disk.close();
      expect(await check(file)).toMatchObject({ corruptions: 0, leaks: 0 });
    });
  }

  it('is refused where it would hide a backing file, and for what is none', async () => {
    const backing = { name: 'b', format: 'raw' };
    for (const options of [
      { backing, preallocation: 'full' },
      { preallocation: 'some' as 'full' },
    ] as const) {
      await expect(create(new MemoryDevice(), { size: 512, ...options })).rejects.toThrow(
        RangeError,
      );
    }
  });

  it('can be asked for by who wants the image for reading only', async () => {
    const file = new MemoryDevice();
    const disk = await create(
      file,
      { size: CLUSTER, clusterSize: CLUSTER, preallocation: 'metadata' },
      { readOnly: true },
    );
    expect(disk.readOnly).toBe(true);
    expect(await kinds(disk)).toEqual(['data']);
    await disk.close();
  });
});
