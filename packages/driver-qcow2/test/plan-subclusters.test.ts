import { DeviceLayer, MemoryDevice } from '@q/block';
import { describe, expect, it } from 'vitest';
import { create, open } from '../src/index.ts';

/** A device whose writes can be held back, and let go one by one. */
class HeldWrites extends DeviceLayer {
  holding = false;
  readonly held: (() => void)[] = [];

  override write(from: Uint8Array, offset: number): void | Promise<void> {
    return this.hold(() => super.write(from, offset));
  }

  override writev(parts: readonly Uint8Array[], offset: number): void | Promise<void> {
    return this.hold(() => {
      for (const part of parts) {
        void super.write(part, offset);
        offset += part.length;
      }
    });
  }

  private hold(work: () => void | Promise<void>): void | Promise<void> {
    if (!this.holding) return work();
    return new Promise((resolve) => this.held.push(() => resolve(work())));
  }
}

describe('a cluster of which some subclusters are mapped', () => {
  it('never copies mapped bytes over a write in place that is under way', async () => {
    const file = new MemoryDevice();
    await create(file, { size: 1 << 20, clusterSize: 16384, extendedL2: true });
    const held = new HeldWrites(file);
    const disk = await open(held);
    // Subcluster 0 is mapped.
    await disk.write(new Uint8Array(512).fill(1), 0);
    await disk.flush();
    held.holding = true;
    const inPlace = disk.write(new Uint8Array(100).fill(2), 0);
    // Subcluster 1 begins an allocation, and a third request joins it in the middle of subcluster 0.
    const begins = disk.write(new Uint8Array(100).fill(3), 512);
    const joins = disk.write(new Uint8Array(100).fill(4), 200);
    expect(held.held).toHaveLength(3);
    held.holding = false;
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
