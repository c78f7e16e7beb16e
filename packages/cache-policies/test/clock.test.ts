import { describe, expect, it } from 'vitest';
import { clock } from '../src/clock.ts';
import { expectAgreement, take } from './support/oracle.ts';
import type { Oracle } from './support/oracle.ts';
import { replay } from './support/replay.ts';

function oracle(tables: number): Oracle {
  const queue: number[] = [];
  const used = new Set<number>();
  const pinned = new Set<number>();
  const evict = (): boolean => {
    if (queue.every((key) => pinned.has(key))) return false;
    for (;;) {
      const at = queue.findIndex((key) => !pinned.has(key));
      const [oldest] = queue.splice(at, 1);
      if (!used.delete(oldest!)) return true;
      queue.push(oldest!);
    }
  };
  return {
    pinned,
    cached: () => [...queue],
    use(key) {
      if (queue.includes(key)) {
        used.add(key);
        return true;
      }
      if (queue.length < tables || evict()) queue.push(key);
      return false;
    },
    remove(key) {
      take(queue, key);
      used.delete(key);
    },
  };
}

describe('clock', () => {
  it('agrees with its definition over plain arrays, pins and removals included', () => {
    expectAgreement(clock, oracle, 12);
  });

  it('gives a used entry a second chance', () => {
    const strategy = clock({ tables: 3 });
    replay(strategy, [1, 2, 3, 1, 4]);
    expect([1, 2, 3, 4].map((key) => strategy.peek(key) >= 0)).toEqual([true, false, true, true]);
  });

  it('evicts the oldest when all were used', () => {
    const strategy = clock({ tables: 2 });
    replay(strategy, [1, 2, 1, 2, 3]);
    expect([1, 2, 3].map((key) => strategy.peek(key) >= 0)).toEqual([false, true, true]);
  });
});
