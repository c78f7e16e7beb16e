import { describe, expect, it } from 'vitest';
import { sieve } from '../src/sieve.ts';
import { expectAgreement } from './support/oracle.ts';
import type { Oracle } from './support/oracle.ts';
import { replay } from './support/replay.ts';

function oracle(tables: number): Oracle {
  const queue: number[] = [];
  const visited = new Set<number>();
  const pinned = new Set<number>();
  let hand = 0;
  const drop = (at: number): void => {
    visited.delete(queue[at]!);
    queue.splice(at, 1);
    if (at < hand) hand--;
  };
  const evict = (): boolean => {
    if (queue.every((key) => pinned.has(key))) return false;
    for (;;) {
      if (hand >= queue.length) hand = 0;
      const key = queue[hand]!;
      if (!pinned.has(key) && !visited.delete(key)) break;
      hand++;
    }
    const wasNewest = hand === queue.length - 1;
    drop(hand);
    // Past the newest the hand starts again at the oldest, whatever comes in now.
    if (wasNewest) hand = 0;
    return true;
  };
  return {
    pinned,
    cached: () => [...queue],
    use(key) {
      if (queue.includes(key)) {
        visited.add(key);
        return true;
      }
      if (queue.length < tables || evict()) queue.push(key);
      return false;
    },
    remove(key) {
      const at = queue.indexOf(key);
      const wasHand = at === hand && at === queue.length - 1;
      drop(at);
      if (wasHand) hand = 0;
    },
  };
}

describe('sieve', () => {
  it('agrees with its definition over plain arrays, pins and removals included', () => {
    expectAgreement(sieve, oracle, 12);
  });

  it('leaves entries in place and goes on from where the hand was', () => {
    const strategy = sieve({ tables: 3 });
    replay(strategy, [1, 2, 3, 1, 4, 5]);
    // 4 takes the place of 2 (1 was visited); the hand goes on to 3.
    expect([1, 2, 3, 4, 5].map((key) => strategy.peek(key) >= 0)).toEqual([
      true,
      false,
      false,
      true,
      true,
    ]);
  });
});
