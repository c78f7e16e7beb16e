import { Prng } from '@q/block';
import type { CacheStrategy } from '@q/cache';
import { strategyConformance } from '@q/cache/conformance';
import { fifo } from '@q/cache-policies';
import { QedL2Cache, qedFifo } from '@q/qed';
import { describe, expect, it } from 'vitest';

strategyConformance((tables) => qedFifo({ tables }), { describe, it });

function access(strategy: CacheStrategy, key: number): number {
  const slot = strategy.find(key);
  return slot < 0 ? strategy.place(key) : slot;
}

describe('qedFifo', () => {
  it('holds A, B and C until D comes, then drops A though it was hit', () => {
    const strategy = qedFifo({ tables: 3 });
    for (const key of [10, 11, 12, 10, 13, 10]) access(strategy, key);
    expect(strategy.stats).toMatchObject({ hits: 1, misses: 5, evictions: 2 });
    expect([10, 11, 12, 13].map((key) => strategy.peek(key) >= 0)).toEqual([
      true,
      false,
      true,
      true,
    ]);
  });

  it('has 50 tables unless told', () => {
    expect(qedFifo().capacity).toBe(50);
    expect(() => qedFifo({ tables: 0 })).toThrow(RangeError);
  });

  it('counts what the cache with four calls counts, pins included', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const random = new Prng(seed);
      const tables = 2 + random.below(8);
      const strategy = qedFifo({ tables });
      const cache = new QedL2Cache<number>({ tables });
      let misses = 0;
      const pinned: number[] = [];
      for (let step = 0; step < 2000; step++) {
        const key = 1 + random.below(tables * 2);
        const slot = access(strategy, key);
        let entry = cache.find(key);
        if (entry === undefined) {
          misses++;
          const fresh = cache.alloc();
          fresh.offset = key;
          cache.commit(fresh);
          entry = cache.find(key)!;
        }
        // One slot stays free: with all of them in use the two grow in ways of their own.
        if (pinned.length < tables - 1 && random.chance(0.2)) {
          strategy.pin(slot);
          pinned.push(key);
        } else cache.unref(entry);
        if (pinned.length > 0 && random.chance(0.2)) {
          const gone = pinned.splice(random.below(pinned.length), 1)[0]!;
          strategy.unpin(strategy.peek(gone));
          const found = cache.find(gone)!;
          cache.unref(found);
          cache.unref(found);
        }
      }
      expect(strategy.stats).toMatchObject({ misses, evictions: cache.evictions, overflows: 0 });
    }
  });

  it('counts as the plain first-in-first-out policy does', () => {
    const random = new Prng(5);
    const [ours, plain] = [qedFifo({ tables: 50 }), fifo({ tables: 50 })];
    for (let step = 0; step < 50_000; step++) {
      const key = random.below(random.pick([40, 120, 1000]));
      access(ours, key);
      access(plain, key);
    }
    expect(ours.stats).toMatchObject({ hits: plain.stats.hits, evictions: plain.stats.evictions });
  });
});
