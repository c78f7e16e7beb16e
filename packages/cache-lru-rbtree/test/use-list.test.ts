import fc from 'fast-check';
import { expect, it } from 'vitest';
import { UseList } from '../src/use-list.ts';

it('keeps the order of the last uses, with slots leaving and coming back', () => {
  const uses = fc.array(fc.tuple(fc.nat({ max: 9 }), fc.boolean()), { maxLength: 100 });
  fc.assert(
    fc.property(uses, (steps) => {
      const list = new UseList(10);
      let order: number[] = [];
      for (const [slot, touched] of steps) {
        order = order.filter((other) => other !== slot);
        if (touched) {
          order.push(slot);
          list.touch(slot);
        } else list.leave(slot);
        expect(list.oldest()).toBe(order[0] ?? list.end);
      }
      for (const slot of order) {
        expect(list.oldest()).toBe(slot);
        list.leave(slot);
      }
      expect(list.oldest()).toBe(list.end);
    }),
  );
});
