import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Spans } from '../../src/check/spans.ts';

it('cuts ranges into pieces that cover what they cover, as often', () => {
  const range = fc.tuple(fc.nat(30), fc.nat(12));
  fc.assert(
    fc.property(fc.array(range, { maxLength: 12 }), (ranges) => {
      const spans = new Spans();
      const expected = Array.from({ length: 50 }, () => 0);
      for (const [start, length] of ranges) {
        spans.add(start, start + length);
        for (let at = start; at < start + length; at++) expected[at]!++;
      }
      const found = Array.from({ length: 50 }, () => 0);
      let last = 0;
      for (const { start, end, depth } of spans.pieces()) {
        expect(start).toBeGreaterThanOrEqual(last);
        expect(end).toBeGreaterThan(start);
        for (let at = start; at < end; at++) found[at]! += depth;
        last = end;
      }
      expect(found).toEqual(expected);
    }),
  );
});

it('has few pieces for many ranges over each other', () => {
  const spans = new Spans();
  for (let i = 0; i < 65536; i++) spans.add(10, 20);
  expect(spans.pieces()).toEqual([{ start: 10, end: 20, depth: 65536 }]);
});
