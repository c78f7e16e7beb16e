import { DeviceLayer, ImageError, MemoryDevice, withScheduler } from '@q/block';
import { TableCache } from '@q/cache';
import { describe, expect, it } from 'vitest';
import { SimpleLru } from './support/simple-lru.ts';
import { stamp, stampOf } from './support/tables.ts';

const SIZE = 512;

interface Held {
  readonly table: number;
  finish(error?: ImageError): void;
}

/** A device whose writes wait until the test says how they end. */
class Gate extends DeviceLayer {
  readonly held: Held[] = [];

  override write(from: Uint8Array, offset: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const finish = (error?: ImageError): void => {
        this.held.splice(
          this.held.findIndex((held) => held.table === offset / SIZE),
          1,
        );
        if (error === undefined) resolve(this.inner.write(from, offset));
        else reject(error);
      };
      this.held.push({ table: offset / SIZE, finish });
    });
  }
}

/** A full cache of dirty tables that are no neighbours, the last one least recently used, and a flush that has begun with the first of them. */
function flushing() {
  const memory = new MemoryDevice(256 * SIZE);
  const device = new Gate(memory);
  const cache = new TableCache({ device, tableSize: SIZE, strategy: new SimpleLru(40) });
  for (let i = 39; i >= 0; i--) {
    const slot = cache.get(i * 2 * SIZE) as number;
    stamp(cache, slot, i + 1);
    cache.unpin(slot);
  }
  const last = 78;
  const flushed = Promise.resolve(cache.flush()).then(
    () => 'written',
    () => 'failed',
  );
  const finish = async (table: number, error?: ImageError): Promise<void> => {
    device.held.find((held) => held.table === table)!.finish(error);
    for (let i = 0; i < 20; i++) await undefined;
  };
  const finishAll = async (): Promise<void> => {
    while (device.held.length > 0) await finish(device.held[0]!.table);
  };
  const evictLast = (): void => {
    expect(cache.offsetAt(0)).toBe(last * SIZE);
    cache.unpin(cache.get(101 * SIZE) as number);
    expect(cache.offsetAt(0)).toBe(101 * SIZE);
  };
  return { memory, device, cache, last, flushed, finish, finishAll, evictLast };
}

describe('TableCache, a flush of more tables than are written at once', () => {
  it('writes all of them', async () => {
    const { memory, device, flushed, finishAll } = flushing();
    expect(device.held.length).toBeLessThan(40);
    await finishAll();
    expect(await flushed).toBe('written');
    for (let i = 0; i < 40; i++) {
      expect(stampOf(memory.bytes().subarray(i * 2 * SIZE, (i * 2 + 1) * SIZE))).toBe(i + 1);
    }
  });

  it('waits for a table that was evicted before its turn', async () => {
    const { cache, last, flushed, finish, finishAll, evictLast } = flushing();
    evictLast();
    for (let table = 0; table < last; table += 2) await finish(table);
    let over = false;
    void flushed.then(() => (over = true));
    await undefined;
    expect(over).toBe(false);
    await finish(last, new ImageError('io', 'no'));
    expect(await flushed).toBe('failed');
    const again = cache.flush();
    await finishAll();
    await again;
  });

  it('writes a table that was evicted, failed to be written, and came back before its turn', async () => {
    const { memory, cache, last, flushed, finish, finishAll, evictLast } = flushing();
    evictLast();
    await finish(last, new ImageError('io', 'no'));
    const slot = cache.get(last * SIZE) as number;
    expect(slot).not.toBe(0);
    expect(cache.isDirty(slot)).toBe(true);
    cache.unpin(slot);
    await finishAll();
    expect(await flushed).toBe('written');
    expect(stampOf(memory.bytes().subarray(last * SIZE, (last + 1) * SIZE))).toBe(40);
  });
});

describe('TableCache, a table that was dropped while it was written', () => {
  it('is read again only when the write has ended', async () => {
    const memory = new MemoryDevice(4 * SIZE);
    const device = new Gate(memory);
    const cache = new TableCache({ device, tableSize: SIZE, strategy: new SimpleLru(2) });
    const slot = cache.get(SIZE) as number;
    stamp(cache, slot, 5);
    cache.unpin(slot);
    const flushed = cache.flush();
    const dropped = cache.drop(SIZE);
    const got = cache.get(SIZE);
    expect(got).toBeInstanceOf(Promise);
    device.held[0]!.finish();
    await Promise.all([flushed, dropped]);
    expect(stampOf(cache.bytes(await got))).toBe(5);
  });
});

describe('TableCache, write order in a crowd', () => {
  it('turns an edge round although others keep setting the opposite one', async () => {
    const device = withScheduler(new MemoryDevice(64 * SIZE));
    const make = (): TableCache =>
      new TableCache({ device, tableSize: SIZE, strategy: new SimpleLru(4) });
    const l2 = make();
    const refcount = make();
    const touch = async (cache: TableCache, table: number): Promise<void> => {
      const slot = await cache.get(table * SIZE);
      cache.markDirty(slot);
      cache.unpin(slot);
    };
    let freed = false;
    const free = async (): Promise<void> => {
      await touch(l2, 1);
      await refcount.setDependency(l2);
      freed = true;
    };
    let rounds = 0;
    const allocate = async (table: number): Promise<void> => {
      for (; rounds < 2000 && !freed; rounds++) {
        await touch(refcount, 40 + table);
        await l2.setDependency(refcount);
        await touch(l2, table);
      }
    };
    await Promise.all([allocate(2), allocate(3), free()]);
    expect(rounds).toBeLessThan(200);
    await l2.close();
    await refcount.close();
  });
});
