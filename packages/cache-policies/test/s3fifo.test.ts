import { describe, expect, it } from 'vitest';
import { s3fifo } from '../src/s3fifo.ts';
import { expectAgreement, take } from './support/oracle.ts';
import type { Oracle } from './support/oracle.ts';
import { replay } from './support/replay.ts';

function oracle(tables: number): Oracle {
  const smallRoom = Math.max(1, Math.floor(tables / 10));
  const ghostRoom = Math.floor((tables * 9) / 10);
  const small: number[] = [];
  const main: number[] = [];
  const ghosts: number[] = [];
  const uses = new Map<number, number>();
  const pinned = new Set<number>();
  const free = (key: number): boolean => !pinned.has(key);
  const evictMain = (): boolean => {
    for (;;) {
      const key = main.find(free);
      if (key === undefined) return false;
      take(main, key);
      const count = Math.min(uses.get(key)!, 3);
      if (count === 0) return true;
      uses.set(key, count - 1);
      main.push(key);
    }
  };
  const evictSmall = (): boolean => {
    for (;;) {
      const key = small.find(free);
      if (key === undefined) return false;
      take(small, key);
      if (uses.get(key)! < 2) {
        ghosts.push(key);
        if (ghosts.length > ghostRoom) ghosts.shift();
        return true;
      }
      uses.set(key, 0);
      main.push(key);
    }
  };
  const evict = (): boolean => {
    const mainsTurn = main.length > tables - smallRoom || small.length === 0;
    return (mainsTurn && evictMain()) || evictSmall() || evictMain();
  };
  return {
    pinned,
    cached: () => [...small, ...main],
    use(key) {
      if (small.includes(key) || main.includes(key)) {
        uses.set(key, uses.get(key)! + 1);
        return true;
      }
      const full = small.length + main.length === tables;
      if (full && [...small, ...main].every((k) => pinned.has(k))) return false;
      const wasGhost = take(ghosts, key);
      if (full) evict();
      (wasGhost ? main : small).push(key);
      uses.set(key, 0);
      return false;
    },
    remove(key) {
      if (!take(small, key)) take(main, key);
    },
  };
}

describe('s3fifo', () => {
  it('agrees with its definition over plain arrays, pins and removals included', () => {
    expectAgreement(s3fifo, oracle, 12);
    expectAgreement(s3fifo, oracle, 40);
  });

  it('keeps entries that were used twice through a scan', () => {
    const strategy = s3fifo({ tables: 20 });
    const often = [1, 2, 3, 1, 2, 3, 1, 2, 3];
    const scan = Array.from({ length: 100 }, (_, i) => 1000 + i);
    replay(strategy, [...often, ...scan]);
    expect([1, 2, 3].map((key) => strategy.peek(key) >= 0)).toEqual([true, true, true]);
  });

  it('takes a key back into main when its ghost is still there', () => {
    const strategy = s3fifo({ tables: 20 });
    const scan = (from: number): number[] => Array.from({ length: 20 }, (_, i) => from + i);
    replay(strategy, [...scan(0), 100, 0, ...scan(200)]);
    expect(strategy.peek(0)).toBeGreaterThanOrEqual(0);
    expect(strategy.peek(19)).toBe(-1);
  });
});
