import { ImageError, MemoryDevice, withTrace, type DeviceRequest } from '@q/block';
import { MAX_SLAB_BYTES, recordKeys, TableCache, type TableCacheOptions } from '@q/cache';
import { describe, expect, it } from 'vitest';
import { SimpleLru } from './support/simple-lru.ts';
import { stamp, stampOf } from './support/tables.ts';

const SIZE = 512;

function setUp(tables: number, more: Partial<TableCacheOptions> = {}) {
  const memory = new MemoryDevice(64 * SIZE);
  for (let i = 0; i < 64; i++) memory.write(new Uint8Array(SIZE).fill(i), i * SIZE);
  const log: DeviceRequest[] = [];
  const device = withTrace(memory, (request) => log.push(request));
  const strategy = new SimpleLru(tables);
  const cache = new TableCache({ device, tableSize: SIZE, strategy, ...more });
  const get = (table: number): number => {
    const slot = cache.get(table * SIZE);
    if (typeof slot !== 'number') throw new Error('a promise from a synchronous device');
    return slot;
  };
  const done = (result: void | Promise<void>): void => {
    if (result !== undefined) throw new Error('a promise from a synchronous device');
  };
  return { memory, device, log, strategy, cache, get, done };
}

describe('TableCache on a synchronous device', () => {
  it('reads a table once and finds it afterwards', () => {
    const { cache, log } = setUp(2);
    expect(cache.lookup(3 * SIZE)).toBe(-1);
    const slot = cache.load(3 * SIZE) as number;
    expect(cache.u32(slot, 8)).toBe(0x03030303);
    cache.unpin(slot);
    expect(cache.lookup(3 * SIZE)).toBe(slot);
    expect(log).toEqual([{ op: 'read', offset: 3 * SIZE, length: SIZE, parts: 1 }]);
    expect(cache.stats).toMatchObject({ loads: 1, bytesLoaded: SIZE, peakPinned: 1 });
  });

  it('keeps words in either byte order, in ordinary and in overflow slots', () => {
    for (const littleEndian of [false, true]) {
      const { cache, get } = setUp(1, { littleEndian });
      for (const slot of [get(1), get(2)]) {
        cache.setU32(slot, 4, 0x81020304);
        expect(cache.u32(slot, 4)).toBe(0x81020304);
        expect([...cache.bytes(slot).subarray(4, 8)]).toEqual(
          littleEndian ? [4, 3, 2, 0x81] : [0x81, 2, 3, 4],
        );
      }
    }
  });

  it('takes tables that begin at any multiple of a smaller alignment', () => {
    const { cache, memory } = setUp(2, { tableSize: 4 * SIZE, alignment: SIZE });
    for (const table of [3, 7, 20]) {
      const slot = cache.get(table * SIZE) as number;
      expect(cache.u32(slot, 3 * SIZE)).toBe((table + 3) * 0x01010101);
      stamp(cache, slot, table + 100);
      cache.unpin(slot);
    }
    expect(cache.strategy.peek(20)).toBeGreaterThanOrEqual(0);
    expect(() => cache.get(SIZE / 2)).toThrow(RangeError);
    expect(cache.flush()).toBe(undefined);
    for (const table of [3, 7, 20]) {
      expect(stampOf(memory.bytes().subarray(table * SIZE, (table + 4) * SIZE))).toBe(table + 100);
    }
    expect(memory.bytes()[11 * SIZE]).toBe(11);
    expect(() => setUp(2, { alignment: 2 * SIZE })).toThrow(/alignment/);
  });

  it('fills a table past the end of the device with zeroes', () => {
    const device = new MemoryDevice(new Uint8Array(700).fill(7));
    const cache = new TableCache({ device, tableSize: SIZE, strategy: new SimpleLru(2) });
    const slot = cache.get(SIZE) as number;
    expect([cache.u32(slot, 184), cache.u32(slot, 188)]).toEqual([0x07070707, 0]);
  });

  it('writes a dirty table before its slot is used again, and reads the changes back', () => {
    const { cache, memory, get } = setUp(1);
    const slot = get(1);
    stamp(cache, slot, 77);
    cache.unpin(slot);
    cache.unpin(get(2));
    expect(stampOf(memory.bytes().subarray(SIZE, 2 * SIZE))).toBe(77);
    expect(stampOf(cache.bytes(get(1)))).toBe(77);
    expect(cache.stats).toMatchObject({ writeBacks: 1, bytesWritten: SIZE, loads: 3 });
  });

  it('does not write a clean table', () => {
    const { cache, log, get } = setUp(1);
    cache.unpin(get(1));
    cache.unpin(get(2));
    expect(log.map(({ op }) => op)).toEqual(['read', 'read']);
  });

  it('works with all slots pinned, and writes a dirty overflow table when it is let go', () => {
    const { cache, memory, get } = setUp(2);
    const slots = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15].map(get);
    expect(slots.filter((slot) => slot >= 2)).toHaveLength(13);
    for (const [i, slot] of slots.entries()) stamp(cache, slot, i + 100);
    for (const [i, slot] of slots.entries()) expect(stampOf(cache.bytes(slot))).toBe(i + 100);
    for (const slot of slots) cache.unpin(slot);
    expect(stampOf(memory.bytes().subarray(7 * SIZE, 8 * SIZE))).toBe(106);
    expect(stampOf(cache.bytes(get(15)))).toBe(114);
    expect(cache.stats.peakPinned).toBe(15);
  });

  it('gives new tables as zeroes without a read, dirty', () => {
    const { cache, memory, log, done } = setUp(2);
    const slot = cache.getEmpty(5 * SIZE) as number;
    expect(stampOf(cache.bytes(slot))).toBe(0);
    expect(log).toEqual([]);
    cache.unpin(slot);
    done(cache.flush());
    expect(stampOf(memory.bytes().subarray(5 * SIZE, 6 * SIZE))).toBe(0);
  });

  it('clears a cached table that becomes a new one', () => {
    const { cache, get } = setUp(2);
    cache.unpin(get(5));
    expect(stampOf(cache.bytes(cache.getEmpty(5 * SIZE) as number))).toBe(0);
  });

  it('forgets a dropped table without writing it', () => {
    const { cache, log, get, done } = setUp(2);
    const slot = get(5);
    stamp(cache, slot, 1);
    expect(() => cache.drop(5 * SIZE)).toThrow(RangeError);
    cache.unpin(slot);
    done(cache.drop(5 * SIZE));
    done(cache.flush());
    expect(log.map(({ op }) => op)).toEqual(['read', 'flush']);
    expect(stampOf(cache.bytes(get(5)))).toBe(0x05050505);
  });

  it('drops all tables of a range, or none when one is pinned', () => {
    const { cache, get, done } = setUp(4);
    const slots = [4, 5, 6].map(get);
    for (const slot of slots) stamp(cache, slot, 9);
    cache.unpin(slots[0]!);
    cache.unpin(slots[1]!);
    expect(() => cache.dropRange(4 * SIZE, 3 * SIZE)).toThrow(/the table at 3072 is pinned/);
    expect(cache.isDirty(slots[0]!)).toBe(true);
    done(cache.dropRange(4 * SIZE, 2 * SIZE));
    expect(cache.lookup(4 * SIZE)).toBe(-1);
    expect(cache.lookup(6 * SIZE)).toBe(slots[2]);
    expect(() => cache.dropRange(0, 100)).toThrow(RangeError);
  });

  it('writes dirty tables in ascending order, neighbours in one write', () => {
    const { cache, log, get, done } = setUp(8);
    for (const table of [9, 3, 20, 4, 5, 10]) {
      const slot = get(table);
      stamp(cache, slot, table);
      cache.unpin(slot);
    }
    log.length = 0;
    done(cache.write());
    expect(log.map(({ op, offset, length }) => [op, offset / SIZE, length / SIZE])).toEqual([
      ['write', 3, 3],
      ['write', 9, 2],
      ['write', 20, 1],
    ]);
    done(cache.write());
    expect(log).toHaveLength(3);
  });

  it('cuts long runs', () => {
    const { cache, log, done } = setUp(600);
    for (let table = 0; table < 600; table++) cache.unpin(cache.getEmpty(table * SIZE) as number);
    done(cache.write());
    expect(log.map(({ length }) => length / SIZE)).toEqual([512, 88]);
  });

  it('closes only with no pin left, and refuses everything afterwards', () => {
    const { cache, log, get, done } = setUp(2);
    const slot = get(3);
    stamp(cache, slot, 1);
    expect(() => cache.close()).toThrow(/1 tables are still pinned, one of them at offset 1536/);
    cache.unpin(slot);
    done(cache.close());
    expect(log.map(({ op }) => op)).toEqual(['read', 'write', 'flush']);
    for (const act of [
      () => cache.get(3 * SIZE),
      () => cache.getEmpty(3 * SIZE),
      () => cache.drop(0),
      () => cache.close(),
    ]) {
      expect(act).toThrow(TypeError);
    }
  });
});

describe('TableCache, misuse and limits', () => {
  it('takes a strategy for one cache only', () => {
    const { strategy, device } = setUp(2);
    expect(() => new TableCache({ device, tableSize: SIZE, strategy })).toThrow(TypeError);
  });

  it.each([0, 256, 511, 513, 768, 2 ** 22, Number.NaN, Infinity])(
    'refuses tables of %s bytes',
    (tableSize) => {
      const device = new MemoryDevice(SIZE);
      const strategy = new SimpleLru(1);
      expect(() => new TableCache({ device, tableSize, strategy })).toThrow(RangeError);
    },
  );

  it('refuses more memory than its limit', () => {
    const strategy = new SimpleLru(MAX_SLAB_BYTES / 2 ** 21 + 1);
    const device = new MemoryDevice(SIZE);
    expect(() => new TableCache({ device, tableSize: 2 ** 21, strategy })).toThrow(ImageError);
  });

  it.each([1, -SIZE, Number.NaN, 2 ** 53, SIZE / 2, Infinity])(
    'refuses a table at %s',
    (offset) => {
      const { cache } = setUp(2);
      expect(() => cache.get(offset)).toThrow(RangeError);
      expect(() => cache.getEmpty(offset)).toThrow(RangeError);
      expect(() => cache.drop(offset)).toThrow(RangeError);
      cache.assertIdle();
    },
  );

  it('refuses pins and changes of empty slots', () => {
    const { cache, get } = setUp(2);
    for (const slot of [0, 1, 2, 99, -1]) {
      expect(() => cache.pin(slot)).toThrow(RangeError);
      expect(() => cache.unpin(slot)).toThrow(RangeError);
      expect(() => cache.markDirty(slot)).toThrow(RangeError);
    }
    const slot = get(1);
    cache.pin(slot);
    cache.unpin(slot);
    cache.unpin(slot);
    expect(() => cache.unpin(slot)).toThrow(RangeError);
    cache.assertIdle();
  });
});

describe('TableCache, counts', () => {
  it.each([1, 2, 7, 50])('with %s tables are those of find and place alone', (tables) => {
    const keys: number[] = [];
    const device = new MemoryDevice(64 * SIZE);
    const live = new SimpleLru(tables);
    const strategy = recordKeys(live, (key) => keys.push(key));
    const cache = new TableCache({ device, tableSize: SIZE, strategy });
    for (let i = 0; i < 5000; i++) {
      const offset = ((i * i * 7 + (i >> 3)) % 61) * SIZE;
      if (i % 5 === 0) cache.unpin(cache.getEmpty(offset) as number);
      else if (i % 3 === 0) cache.unpin(cache.get(offset) as number);
      else if (cache.lookup(offset) < 0) cache.unpin(cache.load(offset) as number);
    }
    const alone = new SimpleLru(tables);
    for (const key of keys) if (alone.find(key) < 0) alone.place(key);
    expect(keys).toHaveLength(5000);
    expect(live.stats).toEqual(alone.stats);
    expect(cache.stats.strategy).toBe(live.stats);
  });
});
