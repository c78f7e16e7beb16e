import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SlotHeap } from '../src/slot-heap.ts';

describe('SlotHeap', () => {
  it('has the highest rank on top, through any adds, raises and drops', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(15), fc.nat(100), fc.boolean())), (steps) => {
        const heap = new SlotHeap(16);
        const ranks = new Map<number, number>();
        for (const [slot, rank, drop] of steps) {
          const had = ranks.get(slot);
          if (had === undefined) {
            heap.add(slot, rank);
            ranks.set(slot, rank);
          } else if (drop) {
            heap.drop(slot);
            ranks.delete(slot);
          } else {
            heap.raise(slot, had + rank);
            ranks.set(slot, had + rank);
          }
          expect(heap.size).toBe(ranks.size);
          if (ranks.size > 0) expect(ranks.get(heap.top())).toBe(Math.max(...ranks.values()));
        }
      }),
    );
  });
});
