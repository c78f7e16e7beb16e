import { strategyConformance } from '@q/cache/conformance';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lruRbtree } from '../src/index.ts';
import { replay } from './support/replay.ts';

const [A, B, C, D] = [10, 11, 12, 13] as const;

describe('lruRbtree', () =>
  strategyConformance((tables) => lruRbtree({ tables }), { describe, it }));
describe('lruRbtree without a table of recent slots', () =>
  strategyConformance((tables) => lruRbtree({ tables, recent: 1 }), { describe, it }));

it('keeps what was hit: A B C A D A misses four times in three slots', () => {
  const strategy = lruRbtree({ tables: 3 });
  expect(replay(strategy, [A, B, C, A, D])).toBe(4);
  expect([A, B, C, D].map((key) => strategy.peek(key) >= 0)).toEqual([true, false, true, true]);
  expect(replay(strategy, [A])).toBe(4);
  expect(strategy.stats.hits).toBe(2);
});

it('takes the last unpin for a use', () => {
  const strategy = lruRbtree({ tables: 3 });
  replay(strategy, [A, B, C]);
  const slot = strategy.find(A);
  strategy.pin(slot);
  replay(strategy, [B, C]);
  strategy.unpin(slot);
  replay(strategy, [D]);
  expect(strategy.peek(A)).toBe(slot);
  expect(strategy.peek(B)).toBe(-1);
});

it('evicts in the order of the last use or release, by a plain list', () => {
  const uses = fc.array(fc.tuple(fc.nat({ max: 12 }), fc.nat({ max: 3 })), { maxLength: 300 });
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 8 }),
      fc.integer({ min: 1, max: 32 }),
      uses,
      (tables, recent, steps) => {
        const strategy = lruRbtree({ tables, recent });
        let order: number[] = [];
        const pinned = new Set<number>();
        for (const [key, then] of steps) {
          const known = order.includes(key) || pinned.has(key);
          let slot = strategy.find(key);
          expect(slot >= 0).toBe(known);
          if (!known) {
            if (pinned.size === tables) continue;
            if (order.length + pinned.size === tables) order.shift();
            slot = strategy.place(key);
          }
          order = order.filter((other) => other !== key);
          if (then === 0 && !pinned.has(key)) {
            strategy.pin(slot);
            pinned.add(key);
          } else if (then === 1 && pinned.has(key)) {
            strategy.unpin(slot);
            pinned.delete(key);
          }
          if (!pinned.has(key)) order.push(key);
          if (then === 2 && order.length > 1) {
            strategy.remove(strategy.peek(order[0]!));
            order.shift();
          }
          for (const other of [...order, ...pinned]) {
            expect(strategy.keyAt(strategy.peek(other))).toBe(other);
          }
        }
      },
    ),
  );
});

it('has 128 tables by default, and refuses numbers that are no counts', () => {
  expect(lruRbtree().capacity).toBe(128);
  for (const bad of [0, -1, 1.5, 2 ** 27 + 1, NaN]) {
    expect(() => lruRbtree({ tables: bad })).toThrow(RangeError);
    expect(() => lruRbtree({ recent: bad })).toThrow(RangeError);
  }
});
