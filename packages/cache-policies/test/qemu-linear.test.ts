import fc from 'fast-check';
import { expect, it } from 'vitest';
import { qemuLinear } from '../src/qemu-linear.ts';
import { replay } from './support/replay.ts';

it('begins its scan at four times the key and takes the first empty slot from there', () => {
  const strategy = qemuLinear({ tables: 16 });
  replay(strategy, [1, 5, 3, 15]);
  expect([1, 5, 3, 15].map((key) => strategy.peek(key))).toEqual([4, 5, 12, 13]);
});

it('compares a key with every slot to know that it is not there, and with few to find it', () => {
  const strategy = qemuLinear({ tables: 16 });
  replay(strategy, [1, 5]);
  expect(strategy.stats.probes).toBe(32);
  strategy.find(1);
  strategy.find(5);
  expect(strategy.stats.probes).toBe(32 + 1 + 2);
});

it('lets go what was released longest ago, whenever it was found', () => {
  const strategy = qemuLinear({ tables: 3 });
  replay(strategy, [10, 11, 12]);
  const slot = strategy.find(10);
  strategy.pin(slot);
  replay(strategy, [11, 12]);
  strategy.unpin(slot);
  replay(strategy, [13]);
  expect(strategy.peek(11)).toBe(-1);
  expect(strategy.peek(10)).toBe(slot);
});

it('evicts in the order of release, by a plain list', () => {
  const steps = fc.array(fc.tuple(fc.nat({ max: 12 }), fc.nat({ max: 2 })), { maxLength: 300 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 8 }), steps, (tables, uses) => {
      const strategy = qemuLinear({ tables });
      const order: number[] = [];
      const pinned: number[] = [];
      const released = (key: number): void => void order.push(key);
      for (const [key, hold] of uses) {
        let slot = strategy.find(key);
        const at = order.indexOf(key);
        expect(slot >= 0).toBe(at >= 0 || pinned.includes(key));
        if (slot < 0) {
          if (order.length === 0 && pinned.length === tables) continue;
          slot = strategy.place(key);
          if (order.length + pinned.length === tables) order.shift();
        } else if (at >= 0) order.splice(at, 1);
        if (!pinned.includes(key)) {
          if (hold === 2) {
            strategy.pin(slot);
            pinned.push(key);
          } else released(key);
        } else if (hold === 1) {
          strategy.unpin(slot);
          pinned.splice(pinned.indexOf(key), 1);
          released(key);
        }
        for (const known of [...order, ...pinned]) {
          expect(strategy.peek(known)).toBeGreaterThanOrEqual(0);
        }
      }
    }),
  );
});
