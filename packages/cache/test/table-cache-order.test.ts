import {
  isImageError,
  MemoryDevice,
  withFaults,
  withPowerCut,
  withScheduler,
  withTrace,
} from '@q/block';
import { TableCache } from '@q/cache';
import { describe, expect, it } from 'vitest';
import { SimpleLru } from './support/simple-lru.ts';
import { stamp } from './support/tables.ts';

const SIZE = 512;

function pair(tables: number) {
  const log: string[] = [];
  const memory = new MemoryDevice(64 * SIZE);
  const faulty = withFaults(memory, []);
  const device = withTrace(faulty, ({ op, offset }) => {
    if (op === 'write') log.push(`${offset >= 32 * SIZE ? 'refcount' : 'l2'} ${offset / SIZE}`);
    else if (op === 'flush') log.push(op);
  });
  const make = (name: string) =>
    new TableCache({ device, tableSize: SIZE, strategy: new SimpleLru(tables), name });
  const put = (cache: TableCache, table: number, value = 1): void => {
    const slot = cache.get(table * SIZE) as number;
    stamp(cache, slot, value);
    cache.unpin(slot);
  };
  return { log, faulty, device, put, l2: make('L2'), refcount: make('refcount') };
}

describe('TableCache, write order', () => {
  it('writes and flushes the cache it depends on first, once', () => {
    const { log, put, l2, refcount } = pair(4);
    put(refcount, 40);
    void l2.setDependency(refcount);
    put(l2, 1);
    put(l2, 3);
    void l2.write();
    expect(log).toEqual(['refcount 40', 'flush', 'l2 1', 'l2 3']);
    expect(l2.stats.forcedFlushes).toBe(1);
    put(l2, 1);
    void l2.write();
    expect(log.slice(4)).toEqual(['l2 1']);
  });

  it('does so too when a dirty table is evicted, and when an overflow slot ends', () => {
    for (const overflow of [false, true]) {
      const { log, put, l2, refcount } = pair(1);
      const held = overflow ? (l2.get(9 * SIZE) as number) : -1;
      put(refcount, 40);
      void l2.setDependency(refcount);
      put(l2, 1);
      if (!overflow) l2.unpin(l2.get(2 * SIZE) as number);
      expect(log).toEqual(['refcount 40', 'flush', 'l2 1']);
      if (overflow) l2.unpin(held);
    }
  });

  it('needs no flush when the other cache is durable already', () => {
    const { log, put, l2, refcount } = pair(4);
    put(refcount, 40);
    void l2.setDependency(refcount);
    put(l2, 1);
    void refcount.flush();
    void l2.write();
    expect(log).toEqual(['refcount 40', 'flush', 'l2 1']);
    put(refcount, 41);
    void refcount.write();
    void l2.setDependency(refcount);
    put(l2, 1);
    void l2.write();
    expect(log.slice(3)).toEqual(['refcount 41', 'flush', 'l2 1']);
  });

  it('flushes the device first when told to, and once for both reasons', () => {
    const { log, put, l2, refcount } = pair(4);
    l2.requireFlushBeforeWrite();
    put(l2, 1);
    void l2.write();
    expect(log).toEqual(['flush', 'l2 1']);
    put(refcount, 40);
    void l2.setDependency(refcount);
    l2.requireFlushBeforeWrite();
    put(l2, 1);
    void l2.write();
    expect(log.slice(2)).toEqual(['refcount 40', 'flush', 'l2 1']);
    void l2.write();
    expect(log).toHaveLength(5);
  });

  it('flushes another device when told to', () => {
    const { put, l2 } = pair(4);
    const flushed: string[] = [];
    const data = withTrace(new MemoryDevice(SIZE), ({ op }) => flushed.push(op));
    l2.requireFlushBeforeWrite(data);
    put(l2, 1);
    void l2.write();
    expect(flushed).toEqual(['flush']);
  });

  it('meets a barrier when the edge beside it needs nothing, or concerns another device', () => {
    const { log, put, l2, refcount } = pair(4);
    const flushed: string[] = [];
    const data = withTrace(new MemoryDevice(SIZE), ({ op }) => flushed.push(op));
    put(refcount, 40);
    void l2.setDependency(refcount);
    l2.requireFlushBeforeWrite(data);
    put(l2, 1);
    void l2.write();
    expect([log, flushed]).toEqual([['refcount 40', 'flush', 'l2 1'], ['flush']]);
    void refcount.flush();
    void l2.setDependency(refcount);
    l2.requireFlushBeforeWrite();
    put(l2, 1);
    void l2.write();
    expect(log.slice(3)).toEqual(['flush', 'flush', 'l2 1']);
  });

  it('meets a barrier that is set while an older one is being met', async () => {
    const log: string[] = [];
    const traced = withTrace(new MemoryDevice(64 * SIZE), ({ op }) => log.push(op));
    const device = withScheduler(traced, { auto: false });
    const cache = new TableCache({ device, tableSize: SIZE, strategy: new SimpleLru(4) });
    const put = (): void => {
      const slot = cache.getEmpty(SIZE) as number;
      cache.unpin(slot);
    };
    cache.requireFlushBeforeWrite();
    put();
    const first = cache.write();
    cache.requireFlushBeforeWrite();
    put();
    const second = cache.write();
    await device.drain();
    await Promise.all([first, second]);
    expect(log.filter((op) => op === 'flush')).toHaveLength(2);
    expect(log.at(-1)).toBe('write');
  });

  it('brings an opposite edge about before it turns round', () => {
    const { log, put, l2, refcount } = pair(4);
    put(refcount, 40);
    void l2.setDependency(refcount);
    put(l2, 1);
    void refcount.setDependency(l2);
    expect(log).toEqual(['refcount 40', 'flush']);
    put(refcount, 41);
    void refcount.flush();
    expect(log.slice(2)).toEqual(['l2 1', 'flush', 'refcount 41', 'flush']);
  });

  it('meets its edge to one cache before it depends on another', () => {
    const { log, device, put, l2, refcount } = pair(4);
    const bitmaps = new TableCache({ device, tableSize: SIZE, strategy: new SimpleLru(4) });
    put(refcount, 40);
    void l2.setDependency(refcount);
    put(bitmaps, 50);
    void l2.setDependency(bitmaps);
    expect(log).toEqual(['refcount 40', 'flush']);
    put(l2, 1);
    void l2.write();
    expect(log.slice(2)).toEqual(['refcount 50', 'flush', 'l2 1']);
  });

  it('does not write while what it depends on cannot be written', () => {
    const { log, faulty, put, l2, refcount } = pair(4);
    put(refcount, 40);
    void l2.setDependency(refcount);
    put(l2, 1);
    faulty.setRules([{ on: 'write', code: 'no-space', times: Infinity }]);
    expect(() => l2.write()).toThrow(expect.objectContaining({ code: 'no-space' }));
    expect(() => refcount.setDependency(l2)).toThrow(expect.objectContaining({ code: 'no-space' }));
    expect(log.filter((entry) => entry.startsWith('l2'))).toEqual([]);
    faulty.setRules([{ on: 'flush' }]);
    expect(() => l2.write()).toThrow();
    expect(log.filter((entry) => entry.startsWith('l2'))).toEqual([]);
    log.length = 0;
    void l2.write();
    expect(log).toEqual(['flush', 'l2 1']);
  });

  it('refuses to depend on itself', () => {
    const { l2 } = pair(1);
    expect(() => l2.setDependency(l2)).toThrow(TypeError);
  });
});

// Clients allocate and free clusters as a driver does: refcount before mapping, mapping before free, data before mapping. Each cluster is a word that counts up: odd in
// the refcount table when it is counted, odd in the L2 table when it is mapped. Whatever a power cut leaves, a mapped cluster has its count and its data.
interface World {
  readonly seed: number;
  readonly tables: number;
  readonly async: boolean;
  readonly faults: number;
}

async function allocateAndFree({ seed, tables, async, faults }: World): Promise<number> {
  const clusters = 8;
  const l2At = 0;
  const refcountAt = clusters * SIZE;
  const dataAt = 2 * clusters * SIZE;
  const word = (image: MemoryDevice, at: number): number => {
    const bytes = new Uint8Array(4);
    image.read(bytes, at);
    return new DataView(bytes.buffer).getUint32(0);
  };
  let images = 0;
  const check = (image: MemoryDevice): void => {
    images++;
    for (let i = 0; i < clusters; i++) {
      const mapped = word(image, l2At + i * SIZE);
      if (mapped % 2 === 0) continue;
      expect(word(image, refcountAt + i * SIZE), `count of cluster ${i}`).toBe(mapped);
      expect(word(image, dataAt + i * SIZE), `data of cluster ${i}`).toBe(mapped);
    }
  };
  let failing = faults > 0;
  const cut = withPowerCut(new MemoryDevice(3 * clusters * SIZE), {
    onFlush: (device) => {
      for (const { image } of device.survivors({ seed: seed + images, count: 4 })) check(image);
    },
  });
  let calls = 0;
  const when = (): boolean => failing && ++calls % faults === 0;
  const faulty = withFaults(cut, [{ on: ['read', 'write', 'flush'], times: Infinity, when }]);
  const device = async ? withScheduler(faulty, { seed }) : faulty;
  const make = (): TableCache =>
    new TableCache({ device, tableSize: SIZE, strategy: new SimpleLru(tables) });
  const l2 = make();
  const refcount = make();

  const set = async (cache: TableCache, at: number, value: number): Promise<void> => {
    const slot = await cache.get(at);
    cache.setU32(slot, 0, value);
    cache.markDirty(slot);
    cache.unpin(slot);
  };
  const again = async (act: () => void | Promise<void>): Promise<void> => {
    for (let tries = 0; ; tries++) {
      try {
        return await act();
      } catch (error) {
        if (!isImageError(error, 'io') || tries > 200) throw error;
      }
    }
  };
  const client = async (cluster: number): Promise<void> => {
    const own = cluster * SIZE;
    const bytes = new Uint8Array(SIZE);
    for (let value = 1; value < 12; value += 2) {
      new DataView(bytes.buffer).setUint32(0, value);
      await again(() => set(refcount, refcountAt + own, value));
      await again(() => device.write(bytes, dataAt + own));
      await again(() => l2.setDependency(refcount));
      l2.requireFlushBeforeWrite();
      await again(() => set(l2, l2At + own, value));
      if ((value + cluster) % 4 === 0) await again(() => l2.flush());
      await again(() => set(l2, l2At + own, value + 1));
      await again(() => refcount.setDependency(l2));
      await again(() => set(refcount, refcountAt + own, value + 1));
      // What was freed may be written by its next owner only when the mapping is gone for good.
      await again(() => refcount.flush());
    }
  };
  await Promise.all(Array.from({ length: clusters }, (_, cluster) => client(cluster)));
  failing = false;
  await again(() => l2.close());
  await again(() => refcount.close());
  for (const { image } of cut.survivors({ seed, count: 8 })) check(image);
  return images;
}

describe('TableCache under power cuts', () => {
  for (const async of [false, true]) {
    for (const tables of [1, 2, 8]) {
      for (const faults of [0, 7]) {
        const device = `${async ? 'asynchronous' : 'synchronous'} device`;
        it(`${device}, ${tables} tables, ${faults === 0 ? 'no faults' : 'faults'}`, async () => {
          const runs = process.env['Q_LONG'] === '1' ? 100 : 2;
          for (let seed = 1; seed <= runs; seed++) {
            const images = await allocateAndFree({ seed, tables, async, faults });
            expect(images).toBeGreaterThan(100);
          }
        });
      }
    }
  }
});
