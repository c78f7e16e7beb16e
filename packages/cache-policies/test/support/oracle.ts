import type { CacheStrategy } from '@q/cache';
import fc from 'fast-check';
import { expect } from 'vitest';

/**
 * A policy written down from its definition with plain arrays, slow and obvious. Arrays are oldest first. It knows keys, not slots.
 */
export interface Oracle {
  /** A use: true for a hit. A missed key is then cached, unless all entries are pinned. */
  use(key: number): boolean;
  /** Forgets a cached key. */
  remove(key: number): void;
  /** The cached keys in any order. */
  cached(): number[];
  /** Keys that must not be evicted. */
  readonly pinned: Set<number>;
}

/** Takes `key` out of `list`; false when it is not there. */
export function take(list: number[], key: number): boolean {
  const at = list.indexOf(key);
  if (at >= 0) list.splice(at, 1);
  return at >= 0;
}

type Step = readonly ['use' | 'pin' | 'unpin' | 'remove', number];

/** Drives strategy and oracle with random uses, pins and removals, and compares hits at each step, and all keys every so often. */
export function expectAgreement(
  make: (options: { tables: number }) => CacheStrategy,
  makeOracle: (tables: number) => Oracle,
  mostTables: number,
): void {
  const tables = fc.integer({ min: 1, max: mostTables });
  const plain = fc.constant('use' as const);
  const mixed = fc.oneof(
    { weight: 20, arbitrary: plain },
    fc.constantFrom('pin' as const, 'unpin' as const, 'remove' as const),
  );
  const steps = (kind: typeof plain | typeof mixed): fc.Arbitrary<Step[]> =>
    fc
      .integer({ min: 2, max: mostTables * 3 })
      .chain((keys) =>
        fc.array(fc.tuple(kind, fc.nat(keys)), { maxLength: mostTables * 30, size: 'max' }),
      );
  const agree = (capacity: number, sequence: Step[]): void => {
    const strategy = make({ tables: capacity });
    const oracle = makeOracle(capacity);
    sequence.forEach(([kind, key], i) => {
      step(strategy, oracle, kind, key);
      if (i % capacity === 0) expectSameKeys(strategy, oracle);
    });
    expectSameKeys(strategy, oracle);
  };
  fc.assert(fc.property(tables, steps(plain), agree), { numRuns: 60 });
  fc.assert(fc.property(tables, steps(mixed), agree), { numRuns: 60 });
}

function step(strategy: CacheStrategy, oracle: Oracle, kind: Step[0], key: number): void {
  const slot = strategy.peek(key);
  if (kind === 'use') {
    const found = strategy.find(key);
    expect(found >= 0).toBe(oracle.use(key));
    if (found < 0) {
      const placed = strategy.place(key);
      // A pin and its end make an overflow entry leave.
      if (placed >= strategy.capacity) {
        strategy.pin(placed);
        strategy.unpin(placed);
      }
    }
  } else if (slot < 0) return;
  else if (kind === 'pin') {
    if (!oracle.pinned.has(key)) strategy.pin(slot);
    oracle.pinned.add(key);
  } else if (kind === 'unpin') {
    if (oracle.pinned.delete(key)) strategy.unpin(slot);
  } else if (!oracle.pinned.has(key)) {
    strategy.remove(slot);
    oracle.remove(key);
  }
}

function expectSameKeys(strategy: CacheStrategy, oracle: Oracle): void {
  const cached = [];
  for (let s = 0; s < strategy.capacity; s++) {
    if (strategy.keyAt(s) >= 0) cached.push(strategy.keyAt(s));
  }
  const ascending = (a: number, b: number): number => a - b;
  expect(cached.sort(ascending)).toEqual(oracle.cached().sort(ascending));
}
