import { MemoryDevice } from '@q/block';
import { parseSnapshotTable, serializeSnapshotTable } from '@q/format';
import { describe, expect, it } from 'vitest';
import { create, open, type Qcow2CreateOptions } from '../../src/index.ts';
import { readAll } from '../support/chain.ts';
import { expectSound } from './sound.ts';

const CLUSTER = 4096;

async function made(options: Partial<Qcow2CreateOptions> = {}): Promise<MemoryDevice> {
  const file = new MemoryDevice();
  await (await create(file, { size: 64 * CLUSTER, clusterSize: CLUSTER, ...options })).close();
  return file;
}

const fill = (byte: number, length: number): Uint8Array => new Uint8Array(length).fill(byte);

async function is(disk: Parameters<typeof readAll>[0], byte: number): Promise<void> {
  expect(new Set(await readAll(disk))).toEqual(new Set([byte]));
}

describe('a snapshot', () => {
  it('has what it was given, and ids that count on', async () => {
    const file = await made();
    const disk = await open(file);
    const date = new Date(1_600_000_000_123);
    const given = { name: 'größer', date, vmClock: 5n, icount: 9n };
    const first = await disk.createSnapshot(given);
    expect(first).toMatchObject({
      id: '1',
      name: 'größer',
      seconds: 1_600_000_000,
      nanoseconds: 123_000_000,
      vmClock: 5n,
      icount: 9n,
      diskSize: 64 * CLUSTER,
      vmStateSize: 0,
    });
    expect((await disk.createSnapshot({ name: 'a', id: '7' })).id).toBe('7');
    expect((await disk.createSnapshot({ name: 'a', id: 'x9' })).id).toBe('x9');
    expect((await disk.createSnapshot({ name: '' })).id).toBe('8');
    await disk.close();
    const again = await open(file, { readOnly: true });
    expect(again.snapshots().map(({ id }) => id)).toEqual(['1', '7', 'x9', '8']);
    expect(again.snapshots()[0]).toEqual(first);
    await again.close();
    await expectSound({ file });
  });

  it('is found by id first, then by name', async () => {
    const disk = await open(await made());
    await disk.createSnapshot({ name: '2' });
    await disk.createSnapshot({ name: 'x' });
    await disk.deleteSnapshot('2');
    expect(disk.snapshots().map(({ id }) => id)).toEqual(['1']);
    await disk.deleteSnapshot('2');
    expect(disk.snapshots()).toEqual([]);
    await expect(disk.deleteSnapshot('2')).rejects.toThrow(RangeError);
    await expect(disk.applySnapshot('2')).rejects.toThrow('the image has none');
    await disk.close();
  });

  it('refuses what no table can hold', async () => {
    const disk = await open(await made(), { limits: { snapshots: 2 } });
    await disk.createSnapshot({ name: 'a', id: 'a' });
    for (const options of [
      { name: 'b', id: 'a' },
      { name: 'b', id: '' },
      { name: 'b', id: 'x'.repeat(128) },
      { name: 'ü'.repeat(128) },
      { name: 'b', date: new Date(-1) },
      { name: 'b', date: new Date(Number.NaN) },
      { name: 'b', vmStateSize: 1 },
      { name: 'b', vmStateSize: -1 },
    ]) {
      await expect(disk.createSnapshot(options)).rejects.toThrow(RangeError);
    }
    await disk.createSnapshot({ name: 'b' });
    await expect(disk.createSnapshot({ name: 'c' })).rejects.toMatchObject({ code: 'limit' });
    expect(disk.snapshots().length).toBe(2);
    await disk.close();
  });

  it('is not for readers, nor for external data files', async () => {
    const readOnly = await open(await made(), { readOnly: true });
    await expect(readOnly.createSnapshot({ name: '' })).rejects.toMatchObject({
      code: 'read-only',
    });
    const data = new MemoryDevice();
    const options = { dataFile: () => data };
    const file = new MemoryDevice();
    const disk = await create(file, { size: 1 << 20, dataFile: { name: 'd' } }, options);
    await expect(disk.createSnapshot({ name: '' })).rejects.toMatchObject({ code: 'unsupported' });
    await disk.close();
  });
});

describe('applying a snapshot', () => {
  it('brings back the size it had', async () => {
    const file = await made({ size: 3000 * CLUSTER });
    const disk = await open(file);
    await disk.write(fill(1, 3000 * CLUSTER), 0);
    await disk.createSnapshot({ name: 'large' });
    await disk.resize(10 * CLUSTER, { shrink: true });
    await disk.write(fill(2, 10 * CLUSTER), 0);
    await disk.createSnapshot({ name: 'small' });
    await disk.resize(5000 * CLUSTER);
    await disk.write(fill(3, 5000 * CLUSTER), 0);
    for (const [name, size, byte] of [
      ['large', 3000, 1],
      ['small', 10, 2],
      ['large', 3000, 1],
    ] as const) {
      await disk.applySnapshot(name);
      expect(disk.size).toBe(size * CLUSTER);
      expect(disk.geometry.virtualSize).toBe(size * CLUSTER);
      await is(disk, byte);
    }
    expect(() => disk.read(new Uint8Array(1), 4000 * CLUSTER)).toThrow(RangeError);
    await disk.close();
    const again = await open(file);
    expect(again.size).toBe(3000 * CLUSTER);
    await is(again, 1);
    await again.close();
    await expectSound({ file });
  });

  it('of another size is refused in version 2, where a snapshot without a size has that of the image', async () => {
    const file = await made({ version: 2 });
    const disk = await open(file);
    await disk.write(fill(1, 64 * CLUSTER), 0);
    const { l1TableOffset } = await disk.createSnapshot({ name: 'a' });
    await disk.createSnapshot({ name: 'b' });
    await disk.write(fill(2, 64 * CLUSTER), 0);
    const { snapshotsOffset } = disk.header.header;
    await disk.close();
    const rules = { clusterSize: CLUSTER };
    const bytes = new Uint8Array(1024);
    file.read(bytes, snapshotsOffset);
    const [a, b] = parseSnapshotTable(bytes, 2, rules) as [never, never];
    const list = [
      { ...(a as object), diskSize: undefined, icount: undefined, extra: new Uint8Array(0) },
      { ...(b as object), diskSize: 512 },
    ] as never;
    file.write(serializeSnapshotTable(list, rules), snapshotsOffset);
    const again = await open(file);
    expect(again.snapshots()[0]).toMatchObject({ l1TableOffset, diskSize: undefined });
    await expect(again.applySnapshot('b')).rejects.toMatchObject({ code: 'unsupported' });
    await is(again, 2);
    await again.applySnapshot('a');
    await is(again, 1);
    // The table is rewritten, and what had no extra data has none.
    await again.deleteSnapshot('b');
    await again.close();
    const last = await open(file, { snapshot: 'a' });
    await is(last, 1);
    expect(last.snapshots()).toMatchObject([{ name: 'a', extra: new Uint8Array(0) }]);
    await last.close();
    await expectSound({ file });
  });

  it('is refused while bitmaps are in use', async () => {
    const file = await made();
    const disk = await open(file);
    await disk.createSnapshot({ name: 'a' });
    const at = disk.header.header.version === 3 ? disk.header.header.headerLength : 0;
    await disk.close();
    // An extension that says there are no bitmaps would be damage; its directory is the free space behind the file.
    const extension = new Uint8Array(32);
    const view = new DataView(extension.buffer);
    view.setUint32(0, 0x23852875);
    view.setUint32(4, 24);
    view.setUint32(8, 1);
    view.setBigUint64(16, 32n);
    view.setBigUint64(24, BigInt(Math.ceil(file.size / CLUSTER) * CLUSTER));
    file.write(extension, at);
    file.write(new Uint8Array(8), at + 32);
    file.write(Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 1), 88);
    const again = await open(file);
    await expect(again.applySnapshot('a')).rejects.toMatchObject({ code: 'refused' });
    await again.close();
  });
});

describe('an empty disk', () => {
  it('has snapshots too', async () => {
    const file = await made({ size: 0 });
    const disk = await open(file);
    await disk.createSnapshot({ name: 'empty' });
    await disk.resize(64 * CLUSTER);
    await disk.write(fill(1, CLUSTER), 0);
    await disk.createSnapshot({ name: 'full' });
    await disk.applySnapshot('empty');
    expect(disk.size).toBe(0);
    await disk.applySnapshot('full');
    expect(disk.size).toBe(64 * CLUSTER);
    await disk.deleteSnapshot('empty');
    await disk.deleteSnapshot('full');
    await disk.close();
    await expectSound({ file });
  });
});
