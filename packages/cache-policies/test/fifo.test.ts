import { expect, it } from 'vitest';
import { fifo } from '../src/fifo.ts';
import { replay } from './support/replay.ts';

const [A, B, C, D, E] = [10, 11, 12, 13, 14] as const;

it('lets the oldest go although it was hit: A B C A D A misses five times in three slots', () => {
  const strategy = fifo({ tables: 3 });
  expect(replay(strategy, [A, B, C, A, D])).toBe(4);
  expect([A, B, C, D].map((key) => strategy.peek(key) >= 0)).toEqual([false, true, true, true]);
  expect(replay(strategy, [A])).toBe(5);
  expect(strategy.peek(B)).toBe(-1);
});

it('passes over pinned entries, which keep their turn', () => {
  const strategy = fifo({ tables: 3 });
  replay(strategy, [A, B, C]);
  strategy.pin(strategy.peek(A));
  strategy.pin(strategy.peek(B));
  replay(strategy, [D]);
  expect(strategy.peek(C)).toBe(-1);
  strategy.unpin(strategy.peek(B));
  strategy.unpin(strategy.peek(A));
  replay(strategy, [E]);
  expect(strategy.peek(A)).toBe(-1);
  expect(strategy.peek(B)).toBeGreaterThanOrEqual(0);
});
