import { emptyStats, SlotIndex } from '@q/cache';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const SLOTS = 9;
const key = fc.oneof(
  fc.nat(20),
  fc.nat(20).map((i) => i * 2 ** 32),
  fc.nat(20).map((i) => 2 ** 31 - 10 + i),
  fc.nat(20).map((i) => Number.MAX_SAFE_INTEGER - i),
);

describe('SlotIndex', () => {
  it('agrees with a map, whatever is set, deleted and cleared', () => {
    const step = fc.record({ key, slot: fc.nat(SLOTS - 1), clear: fc.nat(40) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const index = new SlotIndex(SLOTS);
        const stats = emptyStats();
        const slots = new Map<number, number>();
        for (const { key: k, slot, clear } of steps) {
          const held = slots.get(k);
          if (clear === 0) {
            index.clear();
            slots.clear();
          } else if (held !== undefined) {
            index.delete(held);
            slots.delete(k);
          } else {
            const other = index.keys[slot]!;
            if (other !== -1) {
              index.delete(slot);
              slots.delete(other);
            }
            index.set(k, slot);
            slots.set(k, slot);
          }
          for (const step of steps) {
            expect(index.find(step.key, stats)).toBe(slots.get(step.key) ?? -1);
          }
          for (let at = 0; at < SLOTS; at++) {
            const found = [...slots].find(([, held]) => held === at)?.[0] ?? -1;
            expect(index.keys[at]).toBe(found);
          }
        }
      }),
    );
  });

  it.each([1, 2, 3, 512, 32768, 32769, 2 ** 20, 2 ** 31, 2 ** 32, 2 ** 36, 2 ** 40 + 2 ** 20])(
    'finds keys at a stride of %s with few comparisons',
    (stride) => {
      const slots = 8192;
      const index = new SlotIndex(slots);
      const stats = emptyStats();
      for (let i = 0; i < slots; i++) index.set(i * stride, i);
      for (let i = 0; i < slots; i++) expect(index.find(i * stride, stats)).toBe(i);
      expect(stats.probes / slots).toBeLessThan(2);
    },
  );
});
