import fc from 'fast-check';
import { expect, it } from 'vitest';
import { CountTree, NONE } from '../src/count-tree.ts';

it('knows the first slot with the smallest count', () => {
  const count = fc.oneof(fc.integer({ min: 0, max: 5 }), fc.constantFrom(NONE - 1, NONE));
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 33 }),
      fc.array(fc.tuple(fc.nat(), count), { maxLength: 200 }),
      (slots, changes) => {
        const tree = new CountTree(slots);
        const counts = Array.from({ length: slots }, () => NONE);
        for (const [n, to] of changes) {
          tree.set(n % slots, to);
          counts[n % slots] = to;
          const smallest = Math.min(...counts);
          expect(tree.first()).toBe(smallest === NONE ? -1 : counts.indexOf(smallest));
        }
      },
    ),
  );
});
