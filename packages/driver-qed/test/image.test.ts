import { MemoryDevice, readOnly, slice, withScheduler } from '@q/block';
import { blockDeviceConformance } from '@q/block/conformance';
import { fifo } from '@q/cache-policies';
import { checkQed, qedFifo } from '@q/qed';
import { describe, expect, it } from 'vitest';
import { create, open, qed, refuse } from '../src/index.ts';
import { entryAt, setEntry } from './support/bytes.ts';

const CLUSTER = 4096;

// Disks are multiples of 512 bytes, so a part of one stands for sizes that are not.
blockDeviceConformance(
  'a part of a QED image',
  { describe, it },
  async (size) => slice(await create(new MemoryDevice(), { size, clusterSize: CLUSTER }), 0, size),
  { resizable: false },
);

async function made(size = 64 * CLUSTER): Promise<MemoryDevice> {
  const file = new MemoryDevice();
  const disk = await create(file, { size, clusterSize: CLUSTER });
  await disk.write(new Uint8Array(3 * CLUSTER).fill(7), 0);
  await disk.close();
  return file;
}

describe('an open image', () => {
  it('reads and writes without a promise when its file does', async () => {
    const disk = await open(await made());
    const bytes = new Uint8Array(100);
    for (const at of [50, CLUSTER - 50, 10 * CLUSTER]) {
      expect(disk.read(bytes, at)).toBe(undefined);
      expect(disk.write(bytes, at)).toBe(undefined);
    }
    expect(disk.writeZeroes(0, 9 * CLUSTER)).toBe(undefined);
    expect(disk.flush()).toBe(undefined);
    await disk.close();
  });

  it('counts one access to the cache for each table that a request touches', async () => {
    const file = new MemoryDevice();
    const options = { size: 4 * 2 ** 21, clusterSize: CLUSTER, tableSize: 1 };
    const filling = await create(file, options);
    for (let table = 0; table < 4; table++) {
      await filling.write(new Uint8Array(CLUSTER).fill(table), table * 2 ** 21);
    }
    await filling.write(new Uint8Array(CLUSTER).fill(9), 2 ** 21 - CLUSTER);
    await filling.close();
    const [ours, alone] = [qedFifo({ tables: 2 }), fifo({ tables: 2 })];
    const disk = await open(file, { l2Cache: ours });
    const bytes = new Uint8Array(2 * CLUSTER);
    for (const table of [0, 1, 0, 2, 0, 3, 1, 1]) {
      await disk.read(bytes.subarray(0, 10), table * 2 ** 21);
      if (alone.find(table) < 0) alone.place(table);
    }
    await disk.read(bytes, 2 ** 21 - CLUSTER);
    for (const table of [0, 1]) if (alone.find(table) < 0) alone.place(table);
    await disk.write(bytes.subarray(0, 10), 3 * 2 ** 21);
    if (alone.find(3) < 0) alone.place(3);
    const { hits, misses, evictions } = alone.stats;
    expect(disk.l2Stats.strategy).toMatchObject({ hits, misses, evictions });
    expect(disk.l2Stats.loads).toBe(misses);
    await disk.close();
  });

  it('writes nothing where it is open for reading', async () => {
    const file = await made();
    const before = file.bytes();
    const disk = await open(readOnly(file));
    expect(disk.readOnly).toBe(true);
    for (const call of [
      () => disk.write(Uint8Array.of(1), 0),
      () => disk.writeZeroes(0, 1),
      () => disk.discard(0, 1),
      () => disk.resize(2 ** 20),
    ]) {
      expect(call).toThrow(/reading only/);
    }
    await disk.flush();
    await disk.close();
    expect(Buffer.compare(file.bytes(), before)).toBe(0);
    await expect(open(readOnly(file), { readOnly: false })).rejects.toMatchObject({
      code: 'read-only',
    });
  });

  it('lists what is acknowledged but not mapped yet', async () => {
    const disk = await open(withScheduler(await made(), { seed: 3 }));
    await disk.write(new Uint8Array(100).fill(1), 20 * CLUSTER + 50);
    const kinds: string[] = [];
    for await (const { kind, offset, length } of disk.extents(0, disk.size)) {
      kinds.push(`${kind} ${offset / CLUSTER} ${length / CLUSTER}`);
    }
    expect(kinds).toEqual(['data 0 3', 'hole 3 17', 'data 20 1', 'hole 21 43']);
    await disk.close();
  });

  it('discards nothing', async () => {
    const disk = await open(await made());
    disk.discard(0, 3 * CLUSTER);
    const bytes = new Uint8Array(1);
    await disk.read(bytes, CLUSTER);
    expect(bytes[0]).toBe(7);
    await disk.close();
  });

  it('begins new clusters behind a last cluster that is not whole', async () => {
    const file = await made();
    file.resize(file.size + 100);
    const end = Math.ceil(file.size / CLUSTER) * CLUSTER;
    const disk = await open(file);
    await disk.write(Uint8Array.of(5), 40 * CLUSTER);
    await disk.close();
    expect(file.size).toBe(end + CLUSTER);
    expect(await checkQed(file)).toMatchObject({ corruptions: 0, leaks: 1 });
  });
});

describe('damage', () => {
  it('is an error of the requests that meet it, and of no others', async () => {
    const file = await made(2 * 2 ** 23);
    const l2 = entryAt(file, CLUSTER);
    setEntry(file, l2 + 8, 0x1001);
    setEntry(file, CLUSTER + 8, 2 ** 40);
    const disk = await open(file);
    const bytes = new Uint8Array(CLUSTER);
    for (const call of [
      () => disk.read(bytes, CLUSTER),
      () => disk.write(bytes, CLUSTER),
      () => disk.read(bytes, 2 ** 23),
      () => disk.write(bytes, 2 ** 23),
      () => disk.writeZeroes(2 ** 23, CLUSTER),
    ]) {
      expect(call).toThrow(expect.objectContaining({ code: 'corrupt' }));
    }
    await disk.read(bytes, 0);
    expect(bytes[0]).toBe(7);
    await disk.close();
  });

  it('never lets guest data land on a table', async () => {
    for (const table of ['L1', 'L2']) {
      const file = await made();
      const l2 = entryAt(file, CLUSTER);
      setEntry(file, l2 + 8, table === 'L1' ? 2 * CLUSTER : l2 + CLUSTER);
      const before = file.bytes();
      const disk = await open(file);
      const bytes = new Uint8Array(CLUSTER).fill(1);
      expect(() => disk.write(bytes, CLUSTER)).toThrow(/land on a table/);
      expect(() => disk.write(bytes, CLUSTER - 10)).toThrow(/land on a table/);
      expect(() => disk.writeZeroes(CLUSTER, 100)).toThrow(/land on a table/);
      await disk.close();
      // The L1 table and the L2 table, 4 clusters each. Of the write over two clusters the part before may have been done.
      for (const at of [CLUSTER, l2]) {
        const after = file.bytes().subarray(at, at + 4 * CLUSTER);
        expect(Buffer.compare(after, before.subarray(at, at + 4 * CLUSTER))).toBe(0);
      }
    }
  });
});

describe('what an image names', () => {
  const backing = { name: '/etc/passwd', format: 'raw' };

  it('is not opened unless a gate does it', async () => {
    const file = new MemoryDevice();
    const making = create(file, { size: 2 ** 20, backing });
    await expect(making).rejects.toMatchObject({ code: 'refused', subject: '/etc/passwd' });
    expect(() => refuse({ role: 'backing', name: 'x', format: undefined })).toThrow(/'backing'/);
    const below = new MemoryDevice(Uint8Array.of(1, 2, 3));
    const disk = await open(file, { backing: () => below });
    const bytes = new Uint8Array(5);
    await disk.read(bytes, 0);
    expect([...bytes]).toEqual([1, 2, 3, 0, 0]);
    await disk.close();
    expect(() => below.read(bytes, 0)).toThrow(TypeError);
  });

  it('is closed again when the image cannot be opened', async () => {
    const file = new MemoryDevice();
    const strategy = qedFifo();
    const below = new MemoryDevice(512);
    await (await create(file, { size: 512 }, { l2Cache: strategy })).close();
    await create(file, { size: 512, backing }).catch(() => {});
    await expect(open(file, { l2Cache: strategy, backing: () => below })).rejects.toThrow(
      TypeError,
    );
    expect(() => below.flush()).toThrow(TypeError);
  });
});

describe('options', () => {
  it('are checked', async () => {
    const file = await made();
    for (const l2EntrySize of [256, 1000, 2 ** 22]) {
      await expect(open(file, { l2EntrySize })).rejects.toThrow(/l2EntrySize/);
    }
    const size = 2 ** 20;
    for (const options of [
      { size: -1 },
      { size: 0.5 },
      { size, clusterSize: 2048 },
      { size, clusterSize: 2 ** 27 },
      { size, tableSize: 3 },
      { size, backing: { name: '' } },
      { size, backing: { name: 'x'.repeat(1024) } },
      { size, backing: { name: 'a\0b' } },
    ]) {
      await expect(create(new MemoryDevice(), options)).rejects.toThrow(RangeError);
    }
    const large = create(new MemoryDevice(), { size: 2 ** 31, clusterSize: CLUSTER, tableSize: 1 });
    await expect(large).rejects.toMatchObject({ code: 'limit', expected: 2 ** 30 });
  });

  it('reach from the smallest tables to the largest', async () => {
    for (const [clusterSize, tableSize] of [
      [4096, 1],
      [4096, 16],
      [2 ** 26, 1],
      [2 ** 26, 16],
    ] as const) {
      const file = new MemoryDevice();
      const size = Math.min(2 ** 50, clusterSize * ((clusterSize * tableSize) / 8) ** 2);
      const disk = await qed.create(file, { size, clusterSize, tableSize });
      await disk.write(Uint8Array.of(1, 2, 3), size - 3);
      await disk.close();
      const head = new Uint8Array(4);
      file.read(head, 0);
      expect(qed.probe(head)).toBe(true);
      const again = await qed.open(file);
      const bytes = new Uint8Array(4);
      await again.read(bytes, size - 4);
      expect([...bytes]).toEqual([0, 1, 2, 3]);
      await again.close();
      await expect(again.close()).rejects.toThrow(TypeError);
    }
  });
});
