import {
  isImageError,
  MemoryDevice,
  Prng,
  withFaults,
  withPowerCut,
  withScheduler,
} from '@q/block';
import { TableCache } from '@q/cache';
import { describe, expect, it } from 'vitest';
import { SimpleLru } from './support/simple-lru.ts';
import { oldestStamp, stamp, stampOf } from './support/tables.ts';

// Random requests against a map of what each table has to hold. Every change is a stamp that only grows, in all words of the table, so that a torn or an old
// table shows. The device keeps apart what a power cut would leave: after a flush that succeeded no table may be older than it was at the call.

const SIZE = 512;
const TABLES = 12;
const LONG = process.env['Q_LONG'] === '1';

interface World {
  readonly seed: number;
  readonly tables: number;
  readonly async: boolean;
  /** One request in so many fails; 0 for none. */
  readonly faults: number;
  readonly clients: number;
}

async function run({ seed, tables, async, faults, clients }: World): Promise<void> {
  const random = new Prng(seed);
  const cut = withPowerCut(new MemoryDevice(TABLES * SIZE));
  let failing = faults > 0;
  const faulty = withFaults(cut, [
    {
      on: ['read', 'write', 'flush'],
      times: Infinity,
      when: () => failing && random.chance(1 / faults),
      torn: seed % 2 === 0 ? 200 : 0,
    },
  ]);
  const device = async ? withScheduler(faulty, { seed }) : faulty;
  const strategy = new SimpleLru(tables);
  const cache = new TableCache({ device, tableSize: SIZE, strategy });
  const oracle = Array.from({ length: TABLES }, () => 0);
  let stamps = 1;

  const users = Array.from({ length: TABLES }, () => 0);
  // How often a table was freed, and whether it is free now, which makes its bytes anything.
  const freed = Array.from({ length: TABLES }, () => 0);
  const free = new Set<number>();

  const visit = async (table: number): Promise<void> => {
    users[table]!++;
    try {
      await use(table, (random.chance(0.2) && users[table] === 1) || free.has(table));
    } finally {
      users[table]!--;
    }
  };
  const use = async (table: number, renew: boolean): Promise<void> => {
    let slot: number;
    if (renew) {
      // The table is freed, and a new one takes its place. Nobody else may use it meanwhile.
      users[table] = Infinity;
      freed[table]!++;
      free.add(table);
      try {
        await cache.drop(table * SIZE);
        slot = await cache.getEmpty(table * SIZE);
      } finally {
        users[table] = 1;
      }
      free.delete(table);
      expect(stampOf(cache.bytes(slot))).toBe(0);
      stamp(cache, slot, (oracle[table] = stamps++));
    } else slot = await cache.get(table * SIZE);
    for (let stay = random.below(3); stay >= 0; stay--) {
      expect(stampOf(cache.bytes(slot))).toBe(oracle[table]);
      if (random.chance(0.5)) stamp(cache, slot, (oracle[table] = stamps++));
      if (random.chance(0.3)) await undefined;
    }
    cache.unpin(slot);
  };
  const flush = async (): Promise<void> => {
    const before = oracle.slice();
    const freedBefore = freed.map((count, table) => (free.has(table) ? -1 : count));
    await cache.flush();
    const durable = cut.durable().bytes();
    for (const [table, value] of before.entries()) {
      if (freed[table] !== freedBefore[table]) continue;
      const found = oldestStamp(durable.subarray(table * SIZE, (table + 1) * SIZE));
      expect(found, `table ${table} after a flush`).toBeGreaterThanOrEqual(value);
    }
  };
  const client = async (): Promise<void> => {
    for (let i = 0; i < 60; i++) {
      try {
        if (random.chance(0.1)) await flush();
        else if (random.chance(0.05)) await cache.write();
        else {
          const table = random.below(TABLES);
          if (users[table] !== Infinity) await visit(table);
        }
      } catch (error) {
        if (!isImageError(error, 'io')) throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  cache.assertIdle();
  failing = false;
  // The first flush still hears of writes that failed before.
  await flush().catch(() => flush());
  expect(cache.stats.peakPinned).toBeLessThanOrEqual(clients + TABLES);
  await cache.close();
  const bytes = cut.durable().bytes();
  for (const [table, value] of oracle.entries()) {
    if (free.has(table)) continue;
    expect(stampOf(bytes.subarray(table * SIZE, (table + 1) * SIZE))).toBe(value);
  }
}

describe('TableCache against a map of what tables hold', () => {
  for (const async of [false, true]) {
    for (const tables of [1, 2, 5, TABLES]) {
      for (const faults of [0, 4, 20]) {
        const device = `${async ? 'asynchronous' : 'synchronous'} device`;
        const failing = faults === 0 ? 'no faults' : `one request in ${faults} failing`;
        it(`${device}, ${tables} tables, ${failing}`, async () => {
          const runs = LONG ? 1000 : 12;
          for (let seed = 1; seed <= runs; seed++) {
            const clients = async ? 1 + (seed % 6) : 1;
            await run({ seed, tables, async, faults, clients }).catch((error: unknown) => {
              throw new Error(`seed ${seed}: ${String(error)}`, { cause: error });
            });
          }
        });
      }
    }
  }
});
