import { emptyStats, Pins } from '@q/cache';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const CAPACITY = 2;

describe('Pins', () => {
  it('keeps overflow entries until their last unpin, whatever the order', () => {
    const step = fc.record({ what: fc.nat(3), at: fc.nat(5) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const pins = new Pins(CAPACITY);
        const stats = emptyStats();
        const entries = new Map<number, { key: number; held: number }>();
        let nextKey = 0;
        let overflows = 0;
        for (const { what, at } of steps) {
          const slots = [...entries.keys()];
          const slot = slots[at % Math.max(1, slots.length)];
          const entry = slot === undefined ? undefined : entries.get(slot)!;
          if (what === 0 || slot === undefined || entry === undefined) {
            const fresh = pins.overflow(nextKey, stats);
            expect(entries.get(fresh)?.held ?? 0).toBe(0);
            entries.set(fresh, { key: nextKey++, held: 0 });
            overflows++;
          } else if (what === 1) {
            pins.pin(slot);
            entry.held++;
          } else if (entry.held === 0) {
            expect(() => pins.unpin(slot)).toThrow(RangeError);
            if (what === 3) {
              pins.forget(slot);
              entries.delete(slot);
            }
          } else {
            expect(() => pins.requireUnpinned(slot)).toThrow(RangeError);
            expect(pins.unpin(slot)).toBe(--entry.held);
            if (entry.held === 0) entries.delete(slot);
          }
          expect(pins.overflowing).toBe(entries.size);
          for (const [s, { key, held }] of entries) {
            expect([pins.keyAt(s), pins.count(s), pins.find(key, stats)]).toEqual([key, held, s]);
          }
        }
        expect(stats.overflows).toBe(overflows);
        if ([...entries.values()].every(({ held }) => held === 0)) {
          pins.clear();
          expect(pins.overflowing).toBe(0);
        } else expect(() => pins.clear()).toThrow(RangeError);
      }),
    );
  });

  it('counts pins of ordinary slots', () => {
    const pins = new Pins(CAPACITY);
    pins.pin(1);
    pins.pin(1);
    expect([...pins.counts]).toEqual([0, 2]);
    expect(() => pins.clear()).toThrow(/2 pins are still held/);
    expect(pins.unpin(1)).toBe(1);
    expect(pins.unpin(1)).toBe(0);
    for (const slot of [-1, 0, 1, 2, 50]) expect(() => pins.unpin(slot)).toThrow(RangeError);
  });
});
