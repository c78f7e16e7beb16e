import { describe, expect, it } from 'vitest';
import { effort } from './support/effort.ts';
import { failEach } from './support/fault-run.ts';
import { SHAPES } from './support/shapes.ts';

/** How many of a sequence's I/O calls fail, one in each run; in the long run all of them do. */
const FAULTS = effort(12, Infinity);

describe.each(SHAPES)('an I/O call fails: $name', (shape) => {
  for (const permuted of [false, true]) {
    it(permuted ? 'completions permuted' : 'completions in order', async () => {
      expect(await failEach(shape, permuted, FAULTS)).toBeGreaterThan(0);
    });
  }
});
