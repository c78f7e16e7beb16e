import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RangeSet } from '../src/index.ts';

const SPACE = 40;
const range = fc
  .tuple(fc.nat(SPACE), fc.nat(SPACE))
  .map(([a, b]) => ({ from: Math.min(a, b), to: Math.max(a, b) }));
const changes = fc.array(fc.tuple(fc.boolean(), range), { maxLength: 30 });

/** The set, and the same as one flag for each byte. */
function both(steps: readonly (readonly [boolean, { from: number; to: number }])[]): {
  set: RangeSet;
  flags: boolean[];
} {
  const set = new RangeSet();
  const flags = Array.from({ length: SPACE }, () => false);
  for (const [add, { from, to }] of steps) {
    if (add) set.add(from, to);
    else set.remove(from, to);
    flags.fill(add, from, to);
  }
  return { set, flags };
}

function rangesOf(flags: readonly boolean[], from = 0, to = SPACE): unknown[] {
  const ranges: { from: number; to: number }[] = [];
  for (let at = from; at < to; at++) {
    if (!flags[at]) continue;
    const last = ranges.at(-1);
    if (last?.to === at) last.to = at + 1;
    else ranges.push({ from: at, to: at + 1 });
  }
  return ranges;
}

describe('RangeSet', () => {
  it('is the set of bytes that were added and not removed since, as few ranges as that takes', () => {
    fc.assert(
      fc.property(changes, (steps) => {
        const { set, flags } = both(steps);
        expect(set.list()).toEqual(rangesOf(flags));
        expect(set.bytes).toBe(flags.filter(Boolean).length);
        expect(set.empty).toBe(!flags.includes(true));
      }),
    );
  });

  it('answers for single bytes, edges and parts', () => {
    fc.assert(
      fc.property(changes, range, (steps, { from, to }) => {
        const { set, flags } = both(steps);
        const at = Math.min(from, SPACE - 1);
        expect(set.has(at)).toBe(flags[at]);
        const differs = (i: number): boolean => (flags[i] ?? false) !== (flags[i - 1] ?? false);
        const edges = Array.from({ length: SPACE + 1 }, (_, i) => i).filter(differs);
        expect(set.nextEdge(at)).toBe(edges.find((edge) => edge > at) ?? Infinity);
        expect(set.lastEdge(at)).toBe(edges.findLast((edge) => edge <= at) ?? -Infinity);
        expect(set.within(from, to)).toEqual(rangesOf(flags, from, to));
      }),
    );
  });

  it('has offsets past 2^32', () => {
    const set = new RangeSet();
    set.add(2 ** 40, 2 ** 40 + 512);
    set.remove(2 ** 40 + 100, 2 ** 40 + 200);
    expect(set.within(0, 2 ** 53)).toEqual([
      { from: 2 ** 40, to: 2 ** 40 + 100 },
      { from: 2 ** 40 + 200, to: 2 ** 40 + 512 },
    ]);
  });
});
