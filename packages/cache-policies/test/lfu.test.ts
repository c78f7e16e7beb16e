import fc from 'fast-check';
import { expect, it } from 'vitest';
import { LFU_DEFAULTS, lfu } from '../src/lfu.ts';
import { replay } from './support/replay.ts';

/** The QCOW1 driver's rule, slot by slot. */
function slowly(keys: readonly number[], tables: number, limit: number): number {
  const held = Array.from({ length: tables }, () => -1);
  const counts = Array.from({ length: tables }, () => 0);
  let misses = 0;
  for (const key of keys) {
    let slot = held.indexOf(key);
    if (slot >= 0) {
      if (++counts[slot]! === limit) counts.forEach((count, i) => (counts[i] = count >>> 1));
      continue;
    }
    misses++;
    slot = held.indexOf(-1);
    if (slot < 0) slot = counts.indexOf(Math.min(...counts));
    held[slot] = key;
    counts[slot] = 1;
  }
  return misses;
}

it('misses what the rule misses, with and without halving', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 2, max: 40 }),
      fc.array(fc.nat({ max: 30 }), { maxLength: 400 }),
      (tables, limit, keys) => {
        expect(replay(lfu({ tables, limit }), keys)).toBe(slowly(keys, tables, limit));
      },
    ),
  );
});

it('has 16 slots by default and halves at 2^32 - 1', () => {
  expect(lfu().capacity).toBe(16);
  expect(LFU_DEFAULTS.limit).toBe(2 ** 32 - 1);
});

it('keeps what was hot long ago, unless its count reached the limit and was halved', () => {
  const uses = [...Array.from({ length: 9 }, () => 1), ...Array.from({ length: 8 }, () => 2), 3];
  const never = lfu({ tables: 2 });
  replay(never, uses);
  expect([1, 2].map((key) => never.peek(key) >= 0)).toEqual([true, false]);
  const halved = lfu({ tables: 2, limit: 9 });
  replay(halved, uses);
  expect([1, 2].map((key) => halved.peek(key) >= 0)).toEqual([false, true]);
});

it('refuses a limit that is no count', () => {
  for (const limit of [1, 2.5, 2 ** 32]) expect(() => lfu({ limit })).toThrow(RangeError);
});
