import { describe, expect, it } from 'vitest';
import { wtinylfu } from '../src/wtinylfu.ts';
import { expectAgreement, take } from './support/oracle.ts';
import type { Oracle } from './support/oracle.ts';
import { PlainSketch } from './support/plain-sketch.ts';
import { replay } from './support/replay.ts';

function oracle(tables: number): Oracle {
  const windowRoom = Math.max(1, tables - Math.floor(tables * 0.99));
  const protectedRoom = Math.floor((tables - windowRoom) * 0.8);
  const sketch = new PlainSketch(tables);
  const window: number[] = [];
  const probation: number[] = [];
  const guarded: number[] = [];
  const pinned = new Set<number>();
  const free = (key: number): boolean => !pinned.has(key);
  const hit = (key: number): boolean => {
    if (take(window, key)) window.push(key);
    else if (take(guarded, key)) guarded.push(key);
    else if (take(probation, key)) {
      guarded.push(key);
      if (guarded.length > protectedRoom) probation.push(guarded.shift()!);
    } else return false;
    return true;
  };
  return {
    pinned,
    cached: () => [...window, ...probation, ...guarded],
    use(key) {
      sketch.increment(key);
      if (hit(key)) return true;
      const full = window.length + probation.length + guarded.length === tables;
      if (full && ![...window, ...probation, ...guarded].some(free)) return false;
      const victim = probation.find(free);
      const candidate = window.length >= windowRoom ? window.find(free) : undefined;
      if (candidate !== undefined) {
        take(window, candidate);
        probation.push(candidate);
      }
      if (full) {
        if (candidate !== undefined) {
          const admitted =
            victim !== undefined && sketch.frequency(candidate) > sketch.frequency(victim);
          take(probation, admitted ? victim : candidate);
        } else if (victim !== undefined) take(probation, victim);
        else if (guarded.some(free)) take(guarded, guarded.find(free)!);
        else take(window, window.find(free)!);
      }
      window.push(key);
      return false;
    },
    remove(key) {
      [window, probation, guarded].some((list) => take(list, key));
    },
  };
}

describe('wtinylfu', () => {
  it('agrees with its definition over plain arrays, pins and removals included', () => {
    expectAgreement(wtinylfu, oracle, 12);
    expectAgreement(wtinylfu, oracle, 120);
  });

  it('does not let a scan push out what is used often', () => {
    const strategy = wtinylfu({ tables: 10 });
    const often = Array.from({ length: 50 }, (_, i) => i % 8);
    const scan = Array.from({ length: 30 }, (_, i) => 1000 + i);
    replay(strategy, [...often, ...scan]);
    const kept = often.filter((key) => strategy.peek(key) >= 0);
    expect(new Set(kept).size).toBe(8);
  });
});
