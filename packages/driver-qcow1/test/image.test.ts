import { isPromise, MemoryDevice, withFaults, withTrace, type DeviceRequest } from '@q/block';
import { lruRbtree } from '@q/cache-lru-rbtree';
import { describe, expect, it } from 'vitest';
import { check, create, open, qcow1 } from '../src/index.ts';
import { readAll } from './support/shapes.ts';

const bytesOf = (length: number, value: number): Uint8Array => new Uint8Array(length).fill(value);

/** What lies below: 0x42 everywhere. */
const below = (length: number): MemoryDevice => new MemoryDevice(bytesOf(length, 0x42));

describe('an open image', () => {
  it('reads and writes a mapped cluster without a promise, in one request each', async () => {
    const file = new MemoryDevice();
    const disk = await create(file, { size: 2 ** 20 });
    await disk.write(bytesOf(4096, 7), 8192);
    await disk.flush();
    const log: DeviceRequest[] = [];
    const traced = await open(withTrace(file, (request) => log.push(request)));
    const into = new Uint8Array(100);
    expect(isPromise(traced.read(into, 9000))).toBe(false);
    log.length = 0;
    expect(isPromise(traced.read(into, 9000))).toBe(false);
    expect(isPromise(traced.write(into, 9000))).toBe(false);
    expect(log.map(({ op, length }) => [op, length])).toEqual([
      ['read', 100],
      ['write', 100],
    ]);
    expect(into).toEqual(bytesOf(100, 7));
  });

  it('copies from the backing device what a write leaves of a large cluster', async () => {
    const options = { size: 8192, clusterSize: 4096, backing: { name: 'b' } };
    for (const takeOver of [true, false]) {
      const file = new MemoryDevice();
      const gate = { backing: () => below(8192), takeOver };
      const disk = await create(file, options, gate);
      await disk.write(bytesOf(512, 1), 512);
      await disk.close();
      const again = await open(file, gate);
      const found = await readAll(again);
      expect(found.subarray(0, 512)).toEqual(bytesOf(512, 0x42));
      expect(found.subarray(512, 1024)).toEqual(bytesOf(512, 1));
      expect(found.subarray(1024)).toEqual(bytesOf(7168, 0x42));
      await again.close();
    }
  });

  it('lets the file reach to the end of its last cluster, so that nobody allocates in it', async () => {
    const file = new MemoryDevice();
    const disk = await create(file, { size: 2 ** 20 });
    await disk.write(bytesOf(10, 1), 0);
    await disk.flush();
    expect(file.size % 4096).toBe(0);
    expect(await check(file)).toMatchObject({ corruptions: 0, leaks: 0, dataClusters: 1 });
    await disk.close();
  });

  it('takes no space for zeroes where nothing is, and zeroes in place where something is', async () => {
    const file = new MemoryDevice();
    const disk = await create(file, { size: 2 ** 20 });
    const { size } = file;
    await disk.writeZeroes(0, 2 ** 20);
    await disk.flush();
    expect(file.size).toBe(size);
    await disk.write(bytesOf(8192, 1), 4096);
    await disk.flush();
    const written = file.size;
    await disk.writeZeroes(5000, 4000, { unmap: true });
    await disk.flush();
    expect(file.size).toBe(written);
    const found = await readAll(disk);
    expect(found.subarray(4096, 5000)).toEqual(bytesOf(904, 1));
    expect(found.subarray(5000, 9000)).toEqual(bytesOf(4000, 0));
    await disk.close();
  });

  it('is refused when it names a backing file that nobody opens', async () => {
    const file = new MemoryDevice();
    const options = { size: 512, backing: { name: '/etc/passwd' } };
    await (await create(file, options, { backing: () => below(512) })).close();
    await expect(open(file)).rejects.toMatchObject({ code: 'refused', subject: '/etc/passwd' });
  });

  it('closes what its gate opened, and not the file it is in', async () => {
    const file = new MemoryDevice();
    const backing = below(512);
    const options = { size: 512, backing: { name: 'b' } };
    const disk = await create(file, options, { backing: () => backing });
    await disk.close();
    expect(() => backing.flush()).toThrow(TypeError);
    file.flush();
  });

  it('takes no writes when it is opened for reading', async () => {
    const file = new MemoryDevice();
    await (await create(file, { size: 512 })).close();
    const disk = await open(file, { readOnly: true });
    for (const verb of [
      () => disk.write(bytesOf(1, 1), 0),
      () => disk.writeZeroes(0, 1),
      () => disk.writeCompressed(bytesOf(512, 1), 0),
      () => disk.discard(0, 1),
      () => disk.resize(1024),
    ]) {
      expect(verb).toThrow(expect.objectContaining({ code: 'read-only' }));
    }
  });

  it('says no-space, and goes on, when the device under it cannot grow', async () => {
    const file = new MemoryDevice();
    await (await create(file, { size: 2 ** 20 })).close();
    file.resize(3 * 4096);
    const disk = await open(file.clone({ fixed: true }));
    const write = async (): Promise<void> => await disk.write(bytesOf(10, 1), 0);
    await expect(write()).rejects.toMatchObject({ code: 'no-space' });
    expect((await readAll(disk)).every((byte) => byte === 0)).toBe(true);
    await disk.close();
  });

  it('keeps the space of a write that failed for the next one', async () => {
    const file = new MemoryDevice();
    const faulty = withFaults(file, []);
    const disk = await create(faulty, { size: 2 ** 20 });
    await disk.write(bytesOf(4096, 1), 0);
    await disk.flush();
    faulty.setRules([{ on: 'write' }]);
    const failing = async (): Promise<void> => await disk.write(bytesOf(4096, 2), 8192);
    await expect(failing()).rejects.toMatchObject({ code: 'io' });
    await disk.write(bytesOf(4096, 3), 8192);
    await disk.close();
    expect(await check(file)).toMatchObject({ corruptions: 0, leaks: 0 });
  });
});

describe('the driver', () => {
  it('knows the first bytes of its images, and those of QCOW2 are others', () => {
    const head = (version: number): Uint8Array =>
      Uint8Array.of(0x51, 0x46, 0x49, 0xfb, 0, 0, 0, version);
    expect(qcow1.probe(head(1))).toBe(true);
    expect(qcow1.probe(head(2))).toBe(false);
    expect(qcow1.probe(new Uint8Array(3))).toBe(false);
  });

  it('takes any strategy for its cache, one for each image', async () => {
    const file = new MemoryDevice();
    await (await create(file, { size: 2 ** 20 })).close();
    const strategy = lruRbtree({ tables: 2 });
    const disk = await qcow1.open(file, { l2Cache: strategy });
    await disk.write(bytesOf(1, 1), 0);
    expect(strategy.stats.misses).toBe(1);
    await expect(qcow1.open(file, { l2Cache: strategy })).rejects.toThrow(TypeError);
    await disk.close();
  });

  it('makes nothing that it would not open', async () => {
    const bad = [
      { size: 0 },
      { size: 1.5 },
      { size: 512, clusterSize: 256 },
      { size: 512, clusterSize: 131072 },
      { size: 512, l2Entries: 32 },
      { size: 512, l2Entries: 16384 },
      { size: 512, backing: { name: 'x'.repeat(1024) } },
    ];
    for (const options of bad) {
      await expect(create(new MemoryDevice(), options)).rejects.toThrow(RangeError);
    }
    const file = new MemoryDevice();
    await expect(create(file, { size: 2 ** 50 })).rejects.toMatchObject({ code: 'limit' });
    expect(file.size).toBe(0);
  });
});
