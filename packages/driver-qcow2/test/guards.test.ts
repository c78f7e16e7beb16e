import { MemoryDevice, withTrace, type DeviceRequest } from '@q/block';
import { describe, expect, it } from 'vitest';
import { check } from '../src/check/check.ts';
import { create, open } from '../src/index.ts';

const CLUSTER = 4096;

async function made(): Promise<MemoryDevice> {
  const file = new MemoryDevice();
  const disk = await create(file, { size: 64 * CLUSTER, clusterSize: CLUSTER });
  await disk.write(new Uint8Array(3 * CLUSTER).fill(7), 0);
  await disk.close();
  return file;
}

function u64(file: MemoryDevice, at: number): bigint {
  const bytes = new Uint8Array(8);
  file.read(bytes, at);
  return new DataView(bytes.buffer).getBigUint64(0);
}

function setU64(file: MemoryDevice, at: number, value: bigint): void {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, value);
  file.write(bytes, at);
}

/** Host offset of the one L2 table. */
function l2Of(file: MemoryDevice): number {
  return Number(u64(file, Number(u64(file, 40))) & 0x00fffffffffffe00n);
}

describe('a write that would land on metadata', () => {
  it('is refused where a mapping names metadata: the image is marked corrupt, and nothing is lost', async () => {
    const file = await made();
    const l2 = l2Of(file);
    // Guest cluster 1 is mapped to the refcount table.
    setU64(file, l2 + 8, u64(file, 48) | (1n << 63n));
    const before = file.bytes();
    const disk = await open(file);
    await disk.write(new Uint8Array(100).fill(9), 0);
    expect(() => disk.write(new Uint8Array(10).fill(9), CLUSTER + 5)).toThrow(
      expect.objectContaining({ code: 'corrupt' }),
    );
    // The bit is on disk at once, and the refcount table is what it was.
    expect(u64(file, 72) & 2n).toBe(2n);
    const table = Number(u64(file, 48));
    expect(file.bytes().subarray(table, table + CLUSTER)).toEqual(
      before.subarray(table, table + CLUSTER),
    );
    expect(() => disk.write(new Uint8Array(10), 0)).toThrow(
      expect.objectContaining({ code: 'corrupt' }),
    );
    const found = new Uint8Array(100);
    await disk.read(found, 0);
    expect(found).toEqual(new Uint8Array(100).fill(9));
    await disk.close();
    await expect(open(file)).rejects.toMatchObject({ code: 'corrupt' });
    await (await open(file, { readOnly: true })).close();
  });

  it('is refused where the refcounts call metadata free', async () => {
    const file = await made();
    const l2 = l2Of(file);
    const block = Number(u64(file, Number(u64(file, 48))));
    file.write(new Uint8Array(2), block + (l2 / CLUSTER) * 2);
    const disk = await open(file);
    expect(() => disk.write(new Uint8Array(CLUSTER).fill(5), 10 * CLUSTER)).toThrow(
      expect.objectContaining({ code: 'corrupt', offset: l2 }),
    );
    expect(u64(file, 72) & 2n).toBe(2n);
    const found = new Uint8Array(3 * CLUSTER);
    await disk.read(found, 0);
    expect(found).toEqual(new Uint8Array(3 * CLUSTER).fill(7));
    await disk.close();
  });
});

describe('autoclear bits', () => {
  it('that this driver does not keep true are cleared before the first write, and not by reading', async () => {
    const file = await made();
    setU64(file, 88, 0x8001n);
    const reader = await open(file, { readOnly: true });
    await reader.read(new Uint8Array(10), 0);
    await reader.close();
    expect(u64(file, 88)).toBe(0x8001n);
    const log: DeviceRequest[] = [];
    const disk = await open(withTrace(file, (request) => log.push(request)));
    await disk.write(new Uint8Array(10), 0);
    expect(u64(file, 88)).toBe(0n);
    const changes = log.filter(({ op }) => op === 'write' || op === 'flush');
    expect(changes[0]).toMatchObject({ op: 'write', offset: 88, length: 8 });
    expect(changes[1]).toMatchObject({ op: 'flush' });
    await disk.close();
  });
});

describe('lazy refcounts', () => {
  it('set the dirty bit before the first mapping changes, and clear it at a clean close', async () => {
    const file = new MemoryDevice();
    await (
      await create(file, { size: 64 * CLUSTER, clusterSize: CLUSTER, lazyRefcounts: true })
    ).close();
    const disk = await open(file);
    expect(u64(file, 72)).toBe(0n);
    await disk.write(new Uint8Array(CLUSTER).fill(1), 0);
    await disk.flush();
    expect(u64(file, 72)).toBe(1n);
    const left = file.clone();
    await disk.close();
    expect(u64(file, 72)).toBe(0n);
    expect(await check(file)).toMatchObject({ corruptions: 0, leaks: 0 });
    // What a crash leaves reads well, and is repaired when it is opened for writing.
    const reader = await open(left, { readOnly: true });
    const found = new Uint8Array(CLUSTER);
    await reader.read(found, 0);
    expect(found).toEqual(new Uint8Array(CLUSTER).fill(1));
    await reader.close();
    await (await open(left)).close();
    expect(u64(left, 72)).toBe(0n);
    expect(await check(left)).toMatchObject({ corruptions: 0, leaks: 0 });
  });
});

describe('misuse', () => {
  it('is a RangeError, a TypeError or read-only, and changes nothing', async () => {
    const file = await made();
    const before = file.bytes();
    const disk = await open(file, { readOnly: true });
    expect(() => disk.write(new Uint8Array(1), 0)).toThrow(
      expect.objectContaining({ code: 'read-only' }),
    );
    expect(() => disk.read(new Uint8Array(2), 64 * CLUSTER - 1)).toThrow(RangeError);
    expect(() => disk.read(new Uint8Array(2), -1)).toThrow(RangeError);
    expect(() => disk.read(new Uint8Array(2), 0.5)).toThrow(RangeError);
    await disk.close();
    expect(() => disk.read(new Uint8Array(2), 0)).toThrow(TypeError);
    await expect(disk.close()).rejects.toThrow(TypeError);
    const writer = await open(file);
    expect(() => writer.write(new Uint8Array(2), 64 * CLUSTER - 1)).toThrow(RangeError);
    await writer.close();
    expect(file.bytes()).toEqual(before);
  });

  it('names the reference and the option when a backing file is not opened', async () => {
    const file = new MemoryDevice();
    await expect(
      create(file, { size: 1024, backing: { name: '/etc/passwd', format: 'raw' } }),
    ).rejects.toMatchObject({
      code: 'refused',
      subject: '/etc/passwd',
      message: expect.stringContaining("'backing'") as string,
    });
  });
});
