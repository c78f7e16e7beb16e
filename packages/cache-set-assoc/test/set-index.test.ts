import fc from 'fast-check';
import { expect, it } from 'vitest';
import { SetIndex } from '../src/set-index.ts';

const keys = fc.oneof(fc.nat({ max: 1000 }), fc.maxSafeNat());
const by = fc.constantFrom('mod' as const, 'hash' as const);

it('deals out all slots, no set with more ways than asked for, sets differing by one slot at most', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 300 }),
      fc.integer({ min: 1, max: 20 }),
      by,
      (tables, ways, index) => {
        const sets = new SetIndex(tables, ways, index);
        const sizes = Array.from(
          { length: sets.sets },
          (_, set) => sets.end(set) - sets.start(set),
        );
        expect(sets.start(0)).toBe(0);
        expect(sets.end(sets.sets - 1)).toBe(tables);
        expect(Math.max(...sizes)).toBeLessThanOrEqual(ways);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      },
    ),
  );
});

it('gives every key a set that exists, the largest number of sets included', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2 ** 27 }), by, keys, (tables, index, key) => {
      const set = new SetIndex(tables, 1, index).setOf(key);
      expect(Number.isInteger(set) && set >= 0 && set < tables).toBe(true);
    }),
  );
});

it('takes the remainder exactly, for keys beyond 32 bits too', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2 ** 27 }), fc.maxSafeNat(), (sets, key) => {
      expect(BigInt(new SetIndex(sets, 1, 'mod').setOf(key))).toBe(BigInt(key) % BigInt(sets));
    }),
  );
});

it('by hash, spreads keys at any stride of a power of two over most sets', () => {
  const sets = new SetIndex(64, 1, 'hash');
  for (let bits = 0; bits <= 40; bits++) {
    const seen = new Set<number>();
    for (let i = 0; i < 256; i++) seen.add(sets.setOf(i * 2 ** bits));
    expect({ bits, most: seen.size >= 48 }).toEqual({ bits, most: true });
  }
});
