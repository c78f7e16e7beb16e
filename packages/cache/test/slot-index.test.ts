import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SlotIndex } from '../src/slot-index.ts';
import { emptyStats } from '../src/strategy.ts';

const key = fc.oneof(
  fc.nat(40),
  fc.nat(40).map((n) => n * 2 ** 20),
  fc.nat(40).map((n) => n * 2 ** 32 + 5),
  fc.maxSafeNat(),
);

describe('SlotIndex', () => {
  it('finds what a Map finds, through any sets and deletes', () => {
    const slots = 24;
    fc.assert(
      fc.property(fc.array(fc.tuple(key, fc.nat(slots - 1)), { maxLength: 400 }), (steps) => {
        const index = new SlotIndex(slots);
        const model = new Map<number, number>();
        const stats = emptyStats();
        for (const [k, slot] of steps) {
          expect(index.find(k, stats)).toBe(model.get(k) ?? -1);
          const held = index.keys[slot]!;
          if (held !== -1) {
            index.delete(slot);
            model.delete(held);
          } else if (!model.has(k)) {
            index.set(k, slot);
            model.set(k, slot);
          }
        }
        for (const [k, slot] of model) {
          expect(index.find(k, stats)).toBe(slot);
          expect(index.keys[slot]).toBe(k);
        }
      }),
    );
  });

  it('counts the comparisons it makes', () => {
    const index = new SlotIndex(8);
    const stats = emptyStats();
    index.find(1, stats);
    expect(stats.probes).toBe(0);
    index.set(1, 0);
    index.find(1, stats);
    expect(stats.probes).toBe(1);
  });

  it.each([1, 512, 32_768, 2 ** 20, 2 ** 32, 2 ** 32 + 1])(
    'needs less than two comparisons a find for keys at a stride of %i',
    (stride) => {
      const slots = 4096;
      const index = new SlotIndex(slots);
      const stats = emptyStats();
      for (let i = 0; i < slots; i++) index.set(i * stride, i);
      for (let i = 0; i < slots; i++) expect(index.find(i * stride, stats)).toBe(i);
      expect(stats.probes).toBeLessThan(slots * 2);
    },
  );

  it('is empty after clear', () => {
    const index = new SlotIndex(2);
    index.set(7, 1);
    index.clear();
    expect(index.find(7, emptyStats())).toBe(-1);
    expect(index.keys[1]).toBe(-1);
    index.set(7, 0);
    expect(index.find(7, emptyStats())).toBe(0);
  });

  it('holds nothing when it has no slots', () => {
    expect(new SlotIndex(0).find(0, emptyStats())).toBe(-1);
  });
});
