import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { belady } from '../src/belady.ts';
import { replay } from './support/replay.ts';

/** The fewest misses that any choice of victims can reach, by trying all of them. */
function fewestMisses(tables: number, keys: readonly number[]): number {
  let states = new Map<string, number>([['', 0]]);
  for (const key of keys) {
    const after = new Map<string, number>();
    const reach = (cached: readonly number[], misses: number): void => {
      const state = [...cached].sort((a, b) => a - b).join(' ');
      after.set(state, Math.min(after.get(state) ?? Infinity, misses));
    };
    for (const [state, misses] of states) {
      const cached = state === '' ? [] : state.split(' ').map(Number);
      if (cached.includes(key)) reach(cached, misses);
      else if (cached.length < tables) reach([...cached, key], misses + 1);
      else
        for (const victim of cached)
          reach([...cached.filter((k) => k !== victim), key], misses + 1);
    }
    states = after;
  }
  return Math.min(...states.values());
}

describe('belady', () => {
  it('misses as little as the best of all possible choices', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 4 }),
        fc.array(fc.nat(7), { maxLength: 60 }),
        (tables, keys) => {
          expect(replay(belady({ tables, future: keys }), keys)).toBe(fewestMisses(tables, keys));
        },
      ),
    );
  });

  it('passes pinned entries and takes the next best', () => {
    const future = [1, 2, 3, 4, 2, 3];
    const strategy = belady({ tables: 3, future });
    replay(strategy, future.slice(0, 3));
    strategy.pin(strategy.peek(1));
    replay(strategy, future.slice(3, 4));
    // 1 is not used again, but pinned; of the others 3 is used later.
    expect([1, 2, 3, 4].map((key) => strategy.peek(key) >= 0)).toEqual([true, true, false, true]);
  });

  it('knows the next use of a key that is placed later than it was missed', () => {
    const future = [1, 2, 3, 1, 2];
    const strategy = belady({ tables: 2, future });
    for (const key of [1, 2, 3]) strategy.find(key);
    for (const key of [1, 2, 3]) strategy.place(key);
    // 2 is used after 1, and 3 never: 2 had to leave.
    expect([1, 2, 3].map((key) => strategy.peek(key) >= 0)).toEqual([true, false, true]);
  });

  it('refuses a key that was not announced, and changes nothing', () => {
    const strategy = belady({ tables: 2, future: [1, 2] });
    replay(strategy, [1]);
    expect(() => strategy.find(3)).toThrow(
      new RangeError(
        'use 1 is of key 3, but key 2 was announced: give the strategy the very sequence of its finds',
      ),
    );
    expect(strategy.stats).toMatchObject({ hits: 0, misses: 1 });
    expect(replay(strategy, [2])).toBe(2);
  });

  it('refuses a use after the end of the future', () => {
    const strategy = belady({ tables: 2, future: Float64Array.of(1) });
    replay(strategy, [1]);
    expect(() => strategy.find(1)).toThrow(
      'key 1 is used after the end of the announced future of 1 uses: announce all of them',
    );
  });

  it('begins the future again after clear', () => {
    const future = [1, 2, 3, 1];
    const strategy = belady({ tables: 2, future });
    const misses = replay(strategy, future);
    strategy.clear();
    expect(replay(strategy, future)).toBe(misses);
  });

  it('finds next uses among more keys than it first has room for', () => {
    const future = Float64Array.from({ length: 10_000 }, (_, i) => (i < 5000 ? i : i - 5000));
    const strategy = belady({ tables: 1000, future });
    // Of the first pass 999 keys and the last one stay for the second.
    expect(replay(strategy, future)).toBe(10_000 - 1000);
  });
});
