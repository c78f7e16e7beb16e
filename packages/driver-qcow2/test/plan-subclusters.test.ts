import { MemoryDevice } from '@q/block';
import { describe, expect, it } from 'vitest';
import { create, open } from '../src/index.ts';
import { HeldDevice } from './support/held-device.ts';

describe('a cluster of which some subclusters are mapped', () => {
  it('never copies mapped bytes over a write in place that is under way', async () => {
    const file = new MemoryDevice();
    await create(file, { size: 1 << 20, clusterSize: 16384, extendedL2: true });
    const held = new HeldDevice(file);
    const disk = await open(held);
    // Subcluster 0 is mapped.
    await disk.write(new Uint8Array(512).fill(1), 0);
    await disk.flush();
    held.holds = (op) => op === 'write';
    const inPlace = disk.write(new Uint8Array(100).fill(2), 0);
    // Subcluster 1 begins an allocation, and a third request joins it in the middle of subcluster 0.
    const begins = disk.write(new Uint8Array(100).fill(3), 512);
    const joins = disk.write(new Uint8Array(100).fill(4), 200);
    expect(held.held).toHaveLength(3);
    held.holds = () => false;
    // Each lands, and is acknowledged, before the next one lands.
    for (const [i, write] of [inPlace, begins, joins].entries()) {
      held.held[i]!();
      await write;
    }
    const found = new Uint8Array(700);
    await disk.read(found, 0);
    await disk.flush();
    const after = new Uint8Array(700);
    await disk.read(after, 0);
    await disk.close();
    const expected = new Uint8Array(700);
    expected.fill(1, 0, 512).fill(2, 0, 100).fill(4, 200, 300).fill(3, 512, 612);
    expect(Buffer.compare(found, expected)).toBe(0);
    expect(Buffer.compare(after, expected)).toBe(0);
  });
});
