import { describe, expect, it } from 'vitest';
import { arc } from '../src/arc.ts';
import { expectAgreement, take } from './support/oracle.ts';
import type { Oracle } from './support/oracle.ts';
import { replay } from './support/replay.ts';

/** The paper's figure 4, case by case. */
function oracle(c: number): Oracle {
  const t1: number[] = [];
  const t2: number[] = [];
  const b1: number[] = [];
  const b2: number[] = [];
  const pinned = new Set<number>();
  let p = 0;
  const free = (key: number): boolean => !pinned.has(key);
  const replace = (inB2: boolean, target: number): void => {
    const fromT1 = t1.length > 0 && (t1.length > target || (inB2 && t1.length === target));
    const lists = fromT1 ? [t1, t2] : [t2, t1];
    const list = lists.find((l) => l.some(free))!;
    const key = list.find(free)!;
    take(list, key);
    (list === t1 ? b1 : b2).push(key);
  };
  return {
    pinned,
    cached: () => [...t1, ...t2],
    use(x) {
      if (take(t1, x) || take(t2, x)) {
        t2.push(x);
        return true;
      }
      const full = t1.length + t2.length === c;
      if (full && ![...t1, ...t2].some(free)) return false;
      if (b1.includes(x)) {
        p = Math.min(c, p + Math.max(1, b2.length / b1.length));
        if (full) replace(false, p);
        take(b1, x);
        t2.push(x);
        return false;
      }
      if (b2.includes(x)) {
        p = Math.max(0, p - Math.max(1, b1.length / b2.length));
        if (full) replace(true, p);
        take(b2, x);
        t2.push(x);
        return false;
      }
      if (t1.length + b1.length === c) {
        if (t1.length < c) {
          b1.shift();
          if (full) replace(false, p);
        } else take(t1, t1.find(free)!);
      } else if (full) {
        if (t1.length + t2.length + b1.length + b2.length === 2 * c) b2.shift();
        replace(false, p);
      }
      t1.push(x);
      return false;
    },
    remove(key) {
      if (!take(t1, key)) take(t2, key);
    },
  };
}

describe('arc', () => {
  it('agrees with figure 4 of its paper over plain arrays, pins and removals included', () => {
    expectAgreement(arc, oracle, 12);
  });

  it('keeps entries that were used twice through a scan', () => {
    const strategy = arc({ tables: 4 });
    replay(strategy, [1, 2, 1, 2, 10, 11, 12, 13, 14, 15]);
    expect([1, 2].map((key) => strategy.peek(key) >= 0)).toEqual([true, true]);
  });
});
