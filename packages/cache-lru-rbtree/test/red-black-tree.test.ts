import { emptyStats } from '@q/cache';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { RedBlackTree } from '../src/index.ts';
import { checkTree } from './support/tree-invariants.ts';

const SLOTS = 40;
const keys = fc.oneof(fc.nat({ max: 60 }), fc.maxSafeNat());
const steps = fc.array(
  fc.record({ what: fc.constantFrom('insert', 'erase', 'replace'), key: keys, pick: fc.nat() }),
  { maxLength: 200 },
);

it('stays a red-black search tree through random inserts, erases and replacements', () => {
  fc.assert(
    fc.property(steps, (list) => {
      const tree = new RedBlackTree(SLOTS, emptyStats());
      const held = new Map<number, number>();
      const empty = Array.from({ length: SLOTS }, (_, slot) => slot);
      for (const { what, key, pick } of list) {
        const known = [...held].find(([, other]) => other === key)?.[0] ?? -1;
        expect(tree.find(key)).toBe(known);
        const slot = [...held.keys()][pick % Math.max(held.size, 1)];
        if (what === 'erase') {
          if (slot === undefined) continue;
          tree.erase(slot);
          held.delete(slot);
          empty.push(slot);
        } else if (known >= 0) {
          expect(() => tree.insert(empty[0] ?? 0, key)).toThrow(RangeError);
          expect(() => tree.replace(known, key)).toThrow(RangeError);
        } else if (what === 'insert' || slot === undefined) {
          const next = empty.shift();
          if (next === undefined) continue;
          tree.insert(next, key);
          held.set(next, key);
        } else {
          tree.replace(slot, key);
          held.set(slot, key);
        }
        checkTree(tree, held);
      }
    }),
  );
});

it('finds each of 65,536 ascending keys in 32 comparisons or less (twice the depth of a full tree), and keeps so while all are replaced', () => {
  const stats = emptyStats();
  const slots = 65_536;
  const tree = new RedBlackTree(slots, stats);
  for (let slot = 0; slot < slots; slot++) tree.insert(slot, slot * 3);
  for (let slot = 0; slot < slots; slot++) tree.replace(slot, slot * 3 + 1_000_001);
  for (let slot = 0; slot < slots; slot++) {
    const before = stats.probes;
    expect(tree.find(slot * 3 + 1_000_001)).toBe(slot);
    expect(stats.probes - before).toBeLessThanOrEqual(32);
  }
  expect(stats.rotations).toBeGreaterThan(0);
});

it('moves a replaced key to where it belongs: all others are still found', () => {
  const tree = new RedBlackTree(7, emptyStats());
  [40, 20, 60, 10, 30, 50, 70].forEach((key, slot) => tree.insert(slot, key));
  tree.replace(3, 65);
  expect([40, 20, 60, 65, 30, 50, 70].map((key) => tree.find(key))).toEqual([0, 1, 2, 3, 4, 5, 6]);
  expect(tree.find(10)).toBe(-1);
});

it('counts key comparisons and rotations', () => {
  const stats = emptyStats();
  const tree = new RedBlackTree(8, stats);
  tree.insert(0, 10);
  tree.insert(1, 20);
  expect(stats).toMatchObject({ rotations: 0 });
  tree.insert(2, 30);
  expect(stats.rotations).toBe(1);
  const before = stats.probes;
  tree.find(20);
  expect(stats.probes - before).toBe(1);
  tree.find(10);
  expect(stats.probes - before).toBe(3);
});
