import { ImageError, MemoryDevice, withFaults, withScheduler, type FaultRule } from '@q/block';
import { TableCache, type TableCacheOptions } from '@q/cache';
import { describe, expect, it } from 'vitest';
import { SimpleLru } from './support/simple-lru.ts';
import { stamp, stampOf } from './support/tables.ts';

const SIZE = 512;
const WRITES_FAIL: FaultRule = { on: 'write', times: Infinity };

function setUp(tables: number, rules: FaultRule[], more: Partial<TableCacheOptions> = {}) {
  const memory = new MemoryDevice(64 * SIZE);
  const device = withFaults(memory, rules);
  const strategy = new SimpleLru(tables);
  const cache = new TableCache({ device, tableSize: SIZE, strategy, ...more });
  const put = (table: number, value: number): void => {
    const slot = cache.get(table * SIZE) as number;
    stamp(cache, slot, value);
    cache.unpin(slot);
  };
  const value = (table: number): number | string => {
    const slot = cache.get(table * SIZE) as number;
    const found = stampOf(cache.bytes(slot));
    cache.unpin(slot);
    return found;
  };
  const stored = (table: number): number | string =>
    stampOf(memory.bytes().subarray(table * SIZE, (table + 1) * SIZE));
  return { memory, device, strategy, cache, put, value, stored };
}

describe('TableCache, failing reads', () => {
  it('leaves nothing behind, and reads again next time', () => {
    const { cache, strategy, value } = setUp(1, [{ on: 'read', nth: 2 }]);
    value(1);
    expect(() => cache.get(2 * SIZE)).toThrow(ImageError);
    cache.assertIdle();
    expect(strategy.peek(2)).toBe(-1);
    expect(value(2)).toBe(0);
  });

  it('leaves nothing behind in an overflow slot either', () => {
    const { cache, strategy, value } = setUp(1, [{ on: 'read', nth: 2 }]);
    const slot = cache.get(SIZE) as number;
    expect(() => cache.get(2 * SIZE)).toThrow(ImageError);
    expect(strategy.keyAt(1)).toBe(-1);
    expect(value(2)).toBe(0);
    cache.unpin(slot);
    cache.assertIdle();
  });
});

describe('TableCache, failing writes', () => {
  it('keeps the victim whose write failed, gives it back, and reports at flush', () => {
    const { cache, device, put, value, stored } = setUp(1, [WRITES_FAIL]);
    put(1, 11);
    expect(value(2)).toBe(0);
    expect(() => cache.flush()).toThrow(ImageError);
    expect(value(1)).toBe(11);
    put(2, 22);
    device.setRules([]);
    void cache.flush();
    expect([stored(1), stored(2)]).toEqual([11, 22]);
  });

  it('keeps a dirty overflow table whose write failed', () => {
    const { cache, device, put, value, stored } = setUp(1, [WRITES_FAIL]);
    const slot = cache.get(SIZE) as number;
    put(2, 22);
    expect(value(2)).toBe(22);
    cache.unpin(slot);
    device.setRules([]);
    void cache.flush();
    expect(stored(2)).toBe(22);
  });

  it('goes on after an error, and reports a full device before other errors', () => {
    const { cache, put, stored } = setUp(4, [
      { on: 'write', when: ({ offset }) => offset === SIZE },
      { on: 'write', when: ({ offset }) => offset === 3 * SIZE, code: 'no-space' },
    ]);
    for (const table of [1, 3, 5, 7]) put(table, table);
    expect(() => cache.flush()).toThrow(expect.objectContaining({ code: 'no-space' }));
    expect([1, 3, 5, 7].map(stored)).toEqual([0, 0, 5, 7]);
    void cache.flush();
    expect([1, 3, 5, 7].map(stored)).toEqual([1, 3, 5, 7]);
  });

  it('refuses to load when too many tables cannot be written, and loads when they can', () => {
    const { cache, device, put, value, stored } = setUp(2, [WRITES_FAIL]);
    for (const table of [1, 2, 3, 4, 5]) put(table, table);
    expect(() => cache.get(6 * SIZE)).toThrow(ImageError);
    expect(() => cache.getEmpty(6 * SIZE)).toThrow(ImageError);
    // What it has, it still gives.
    expect([1, 2, 3, 4, 5].map(value)).toEqual([1, 2, 3, 4, 5]);
    cache.assertIdle();
    device.setRules([]);
    expect(value(6)).toBe(0);
    void cache.flush();
    expect([1, 2, 3, 4, 5].map(stored)).toEqual([1, 2, 3, 4, 5]);
  });

  it('forgets a failed write of a table that is dropped', () => {
    const { cache, device, put, value, stored } = setUp(1, [WRITES_FAIL]);
    put(1, 11);
    value(2);
    void cache.drop(SIZE);
    void cache.flush();
    device.setRules([]);
    put(3, 33);
    void cache.flush();
    expect([stored(1), stored(3)]).toEqual([0, 33]);
  });

  it('keeps a table dirty that beforeWrite refuses, and writes its neighbours', () => {
    const forbidden = new Set([2 * SIZE]);
    const covered: number[] = [];
    const { cache, put, stored } = setUp(4, [], {
      beforeWrite: (offset, length) => {
        if (forbidden.has(offset)) throw new ImageError('corrupt', 'that is the header');
        for (let at = offset; at < offset + length; at += SIZE) covered.push(at / SIZE);
      },
    });
    for (const table of [1, 2, 3]) put(table, table);
    expect(() => cache.flush()).toThrow('that is the header');
    expect([1, 2, 3].map(stored)).toEqual([1, 0, 3]);
    forbidden.clear();
    void cache.flush();
    expect(stored(2)).toBe(2);
    expect(covered).toEqual([1, 3, 2]);
  });

  it('can be closed after a close that failed', () => {
    const { cache, put, stored } = setUp(2, [{ on: 'flush' }]);
    put(1, 11);
    expect(() => cache.close()).toThrow(ImageError);
    void cache.close();
    expect(stored(1)).toBe(11);
  });
});

describe('TableCache on an asynchronous device', () => {
  function asynchronous(tables: number, rules: FaultRule[] = []) {
    const memory = new MemoryDevice(64 * SIZE);
    const faulty = withFaults(memory, rules);
    const device = withScheduler(faulty, { auto: false });
    const strategy = new SimpleLru(tables);
    return {
      memory,
      faulty,
      device,
      strategy,
      cache: new TableCache({ device, tableSize: SIZE, strategy }),
    };
  }

  it('reads a table once for all who want it, and says that it is being read', async () => {
    const { cache, device, faulty, strategy } = asynchronous(1);
    const loads = [cache.get(SIZE), cache.get(SIZE), cache.getEmpty(SIZE)];
    expect(cache.lookup(SIZE)).toBe(-2);
    loads.push(cache.load(SIZE));
    await device.drain();
    expect(await Promise.all(loads)).toEqual([0, 0, 0, 0]);
    expect(faulty.calls).toBe(1);
    expect(strategy.stats).toMatchObject({ hits: 3, misses: 1 });
    for (let i = 0; i < 4; i++) cache.unpin(0);
    cache.assertIdle();
  });

  it('fails all who wait for a read that fails, and gives the slot back', async () => {
    const { cache, device, strategy } = asynchronous(1, [
      { on: 'read', when: ({ offset }) => offset === SIZE },
    ]);
    const loads = Promise.allSettled([cache.get(SIZE), cache.get(SIZE), cache.get(2 * SIZE)]);
    await device.drain();
    expect((await loads).map(({ status }) => status)).toEqual([
      'rejected',
      'rejected',
      'fulfilled',
    ]);
    expect(strategy.peek(1)).toBe(-1);
    const again = cache.get(SIZE);
    await device.drain();
    cache.unpin(await again);
  });

  it('does not drop a table whose write is under way before the write has ended', async () => {
    const { cache, device, memory } = asynchronous(1);
    const slot = cache.getEmpty(SIZE) as number;
    stamp(cache, slot, 5);
    cache.unpin(slot);
    const flushed = cache.flush();
    const dropped = cache.drop(SIZE);
    expect(dropped).toBeInstanceOf(Promise);
    let over = false;
    void Promise.resolve(dropped).then(() => (over = true));
    await Promise.resolve();
    expect(over).toBe(false);
    await device.drain();
    await dropped;
    memory.write(new Uint8Array(SIZE).fill(1), SIZE);
    await device.drain();
    await flushed;
    expect(stampOf(memory.bytes().subarray(SIZE, 2 * SIZE))).toBe(0x01010101);
  });

  it('gives a victim back while it is being written, and writes a newer change after the older one', async () => {
    const { cache, device, memory } = asynchronous(1);
    const first = cache.getEmpty(SIZE) as number;
    stamp(cache, first, 5);
    cache.unpin(first);
    cache.unpin(cache.getEmpty(2 * SIZE) as number);
    expect(device.pending).toBe(1);
    const again = cache.get(SIZE);
    expect(again).toBe(0);
    expect(stampOf(cache.bytes(0))).toBe(5);
    stamp(cache, 0, 6);
    cache.unpin(0);
    const flushed = cache.flush();
    await device.drain();
    await flushed;
    expect(stampOf(memory.bytes().subarray(SIZE, 2 * SIZE))).toBe(6);
  });
});
