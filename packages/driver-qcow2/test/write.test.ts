import { MemoryDevice } from '@q/block';
import { describe, expect, it } from 'vitest';
import { create, open } from '../src/index.ts';
import { HeldDevice } from './support/held-device.ts';

describe('a write in place', () => {
  it('never lands in a cluster that has been given to somebody else meanwhile', async () => {
    const file = new MemoryDevice();
    await create(file, { size: 1 << 20, clusterSize: 4096 });
    const made = await open(file);
    await made.write(new Uint8Array(4096).fill(1), 0);
    await made.close();
    const device = new HeldDevice(file);
    const disk = await open(device, { l2EntrySize: 512 });
    // Another slice, so that that of cluster 0 has to be loaded.
    await disk.write(new Uint8Array(4096).fill(9), 100 * 4096);
    await disk.flush();
    device.holds = (op) => op === 'read';
    const inPlace = disk.write(new Uint8Array(100).fill(2), 0);
    expect(device.held).toHaveLength(1);
    // All these wait for the lock, while the write in place is being planned.
    const discarded = disk.discard(0, 4096);
    const flushed = disk.flush();
    const other = disk.write(new Uint8Array(10).fill(3), 4096);
    device.holds = (op, bytes) => op === 'write' && bytes[0] === 2;
    device.held.shift()!();
    for (let i = 0; i < 100; i++) await undefined;
    expect(device.held).toHaveLength(1);
    device.holds = () => false;
    device.held[0]!();
    await Promise.all([inPlace, discarded, flushed, other]);
    await disk.flush();
    const found = new Uint8Array(4096);
    await disk.read(found, 4096);
    const expected = new Uint8Array(4096).fill(3, 0, 10);
    expect(Buffer.compare(found, expected)).toBe(0);
    await disk.close();
  });
});
