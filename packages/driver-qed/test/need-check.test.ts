import { MemoryDevice, withTrace, type DeviceRequest } from '@q/block';
import { checkQed, FEATURE_NEED_CHECK } from '@q/qed';
import { describe, expect, it } from 'vitest';
import { create, open } from '../src/index.ts';
import { entryAt, featuresOf, setEntry } from './support/bytes.ts';

const CLUSTER = 4096;

async function fresh(): Promise<MemoryDevice> {
  const file = new MemoryDevice();
  await (await create(file, { size: 2 ** 20, clusterSize: CLUSTER })).close();
  return file;
}

describe('the mark that a check is needed', () => {
  it('is on disk before the file grows, and goes with the close', async () => {
    const file = await fresh();
    const log: DeviceRequest[] = [];
    const disk = await open(withTrace(file, (request) => log.push(request)));
    expect(disk.needCheck).toBe(false);
    log.length = 0;
    await disk.write(new Uint8Array(100).fill(1), 5000);
    expect(log.slice(0, 3)).toMatchObject([
      { op: 'write', offset: 16, length: 24 },
      { op: 'flush' },
      { op: 'resize' },
    ]);
    expect(disk.needCheck).toBe(true);
    expect(featuresOf(file)).toBe(FEATURE_NEED_CHECK);
    await disk.close();
    expect(featuresOf(file)).toBe(0);
  });

  it('goes when nothing has changed for some flushes, and comes back', async () => {
    const file = await fresh();
    const disk = await open(file);
    await disk.write(new Uint8Array(CLUSTER).fill(1), 0);
    for (const marked of [true, true, true, true, false, false]) {
      await disk.flush();
      expect(disk.needCheck).toBe(marked);
      expect(featuresOf(file) === FEATURE_NEED_CHECK).toBe(marked);
    }
    await disk.write(new Uint8Array(CLUSTER).fill(2), 0);
    expect(disk.needCheck).toBe(false);
    await disk.write(new Uint8Array(CLUSTER).fill(2), CLUSTER);
    expect(disk.needCheck).toBe(true);
    await disk.close();
  });

  it('is not set by writes in place, nor by reads', async () => {
    const file = await fresh();
    const first = await open(file);
    await first.write(new Uint8Array(CLUSTER).fill(1), 0);
    await first.close();
    const disk = await open(file);
    await disk.write(new Uint8Array(100).fill(2), 50);
    await disk.writeZeroes(200, 100);
    await disk.writeZeroes(8 * CLUSTER, CLUSTER);
    await disk.read(new Uint8Array(5000), 0);
    await disk.flush();
    expect(featuresOf(file)).toBe(0);
    await disk.close();
  });

  it('has an image checked and repaired before it is written, and read as it is', async () => {
    const file = await fresh();
    const first = await open(file);
    await first.write(new Uint8Array(2 * CLUSTER).fill(1), 0);
    await first.flush();
    const crashed = new MemoryDevice(file.bytes());
    await first.close();
    const l2 = entryAt(crashed, CLUSTER);
    setEntry(crashed, l2 + 8, 2 ** 40);
    const reader = await open(crashed, { readOnly: true });
    expect(reader.needCheck).toBe(true);
    expect(() => reader.read(new Uint8Array(1), CLUSTER)).toThrow(/names no cluster/);
    await reader.close();
    expect(entryAt(crashed, l2 + 8)).toBe(2 ** 40);
    const writer = await open(crashed);
    expect([entryAt(crashed, l2 + 8), featuresOf(crashed)]).toEqual([0, 0]);
    const bytes = new Uint8Array(CLUSTER).fill(9);
    await writer.read(bytes, CLUSTER);
    expect(bytes).toEqual(new Uint8Array(CLUSTER));
    await writer.close();
    expect(await checkQed(crashed)).toMatchObject({ corruptions: 0, leaks: 1 });
  });
});

describe('autoclear bits', () => {
  it('are cleared before the first write, and not by a reader', async () => {
    for (const first of ['in place', 'allocating', 'zeroes']) {
      const file = await fresh();
      const made = await open(file);
      await made.write(new Uint8Array(CLUSTER).fill(1), 0);
      await made.close();
      setEntry(file, 32, 5);
      setEntry(file, 24, 3);
      const reader = await open(file);
      await reader.read(new Uint8Array(1), 0);
      await reader.close();
      expect(entryAt(file, 32)).toBe(5);
      const disk = await open(file);
      if (first === 'in place') await disk.write(Uint8Array.of(7), 9);
      else if (first === 'allocating') await disk.write(Uint8Array.of(7), 2 * CLUSTER);
      else await disk.writeZeroes(0, 10);
      expect([entryAt(file, 24), entryAt(file, 32)]).toEqual([3, 0]);
      await disk.close();
    }
  });
});
