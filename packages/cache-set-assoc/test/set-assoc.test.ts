import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { directMapped, setAssoc } from '../src/index.ts';
import { replay } from './support/replay.ts';

const [A, B, C, D] = [0, 1, 2, 3] as const;

describe('the trace A B C A D A in three slots', () => {
  it('direct-mapped by remainder: D takes the slot of A, and A takes it back', () => {
    const strategy = directMapped({ tables: 3, index: 'mod' });
    expect(replay(strategy, [A, B, C, A, D])).toBe(4);
    expect([0, 1, 2].map((slot) => strategy.keyAt(slot))).toEqual([D, B, C]);
    expect(replay(strategy, [A])).toBe(5);
    expect(strategy.stats.hits).toBe(1);
  });

  it('one set of three ways: B leaves, and A is hit twice', () => {
    const strategy = setAssoc({ tables: 3, ways: 3 });
    replay(strategy, [A, B, C, A, D, A]);
    expect(strategy.stats.hits).toBe(2);
    expect(strategy.peek(B)).toBe(-1);
  });
});

it('misses what lists in the order of use miss, one a set', () => {
  const cases = fc.record({
    sets: fc.integer({ min: 1, max: 6 }),
    ways: fc.integer({ min: 1, max: 6 }),
    recent: fc.constantFrom(false, 2, true),
    keys: fc.array(fc.nat({ max: 60 }), { maxLength: 300 }),
  });
  fc.assert(
    fc.property(cases, ({ sets, ways, recent, keys }) => {
      const lists = Array.from({ length: sets }, (): number[] => []);
      let misses = 0;
      for (const key of keys) {
        const list = lists[key % sets]!;
        const at = list.indexOf(key);
        if (at >= 0) list.splice(at, 1);
        else misses++;
        list.push(key);
        if (list.length > ways) list.shift();
      }
      const strategy = setAssoc({ tables: sets * ways, ways, index: 'mod', recent });
      expect(replay(strategy, keys)).toBe(misses);
    }),
  );
});

describe('strides', () => {
  const tables = 64;
  // Twelve keys, used in turn a hundred times: 12 misses when they do not get into each other's way, 1200 when they always do.
  const stride = (step: number): number[] =>
    Array.from({ length: 1200 }, (_, i) => (i % 12) * step);

  it('of the number of sets thrash one slot when direct-mapped by remainder', () => {
    expect(replay(directMapped({ tables, index: 'mod' }), stride(tables))).toBe(1200);
    expect(replay(directMapped({ tables, index: 'mod' }), stride(tables + 1))).toBe(12);
  });

  it('of a refcount block (32768 clusters) thrash too, by remainder of a power of two', () => {
    expect(replay(directMapped({ tables, index: 'mod' }), stride(32768))).toBe(1200);
  });

  it('thrash as long as they exceed the ways of the one set that they meet in', () => {
    expect(replay(setAssoc({ tables, ways: 8, index: 'mod' }), stride(8))).toBe(1200);
    expect(replay(setAssoc({ tables, ways: 16, index: 'mod' }), stride(4))).toBe(12);
  });

  it('by hash do little harm direct-mapped, and none in 8 ways', () => {
    for (const step of [tables, 32768, 2 ** 33]) {
      expect(replay(directMapped({ tables }), stride(step))).toBeLessThan(600);
      expect(replay(setAssoc({ tables, ways: 8 }), stride(step))).toBe(12);
    }
  });
});

it('overflows when the set of a key is pinned whole, although other sets are empty', () => {
  const strategy = setAssoc({ tables: 8, ways: 2, index: 'mod' });
  for (const key of [0, 4]) {
    strategy.find(key);
    strategy.pin(strategy.place(key));
  }
  expect(strategy.find(8)).toBe(-1);
  const slot = strategy.place(8);
  expect(slot).toBeGreaterThanOrEqual(8);
  expect(strategy.stats.overflows).toBe(1);
  strategy.pin(slot);
  expect(strategy.find(8)).toBe(slot);
  strategy.unpin(slot);
  expect(strategy.find(8)).toBe(-1);
});

it('a table of recent slots saves comparisons and changes no count', () => {
  const keys = Array.from({ length: 3000 }, (_, i) => (i * i) % 61);
  const plain = setAssoc({ tables: 64, ways: 8 });
  const helped = setAssoc({ tables: 64, ways: 8, recent: true });
  replay(plain, keys);
  replay(helped, keys);
  expect({ ...helped.stats, probes: 0 }).toEqual({ ...plain.stats, probes: 0 });
  expect(helped.stats.probes).toBeLessThan(plain.stats.probes);
});

it('refuses numbers that are no counts', () => {
  for (const bad of [0, -1, 1.5, 2 ** 27 + 1, NaN]) {
    expect(() => setAssoc({ tables: bad })).toThrow(RangeError);
    expect(() => setAssoc({ ways: bad })).toThrow(RangeError);
    expect(() => directMapped({ recent: bad })).toThrow(RangeError);
  }
});
