import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrequencySketch } from '../src/frequency-sketch.ts';
import { PlainSketch } from './support/plain-sketch.ts';

const key = fc.oneof(
  fc.nat(20),
  fc.maxSafeNat(),
  fc.nat(9).map((n) => 2 ** 31 + n * 2 ** 32),
);

describe('FrequencySketch', () => {
  it('counts like the sketch written down in 64-bit integers, ageing included', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.array(key, { maxLength: 1200, size: 'max' }),
        (tables, keys) => {
          const sketch = new FrequencySketch(tables);
          const plain = new PlainSketch(tables);
          for (const k of keys) {
            sketch.learn(sketch.spare, k);
            sketch.increment(sketch.spare);
            plain.increment(k);
            expect(sketch.frequency(sketch.spare)).toBe(plain.frequency(k));
          }
        },
      ),
      { numRuns: 30 },
    );
  });

  it('remembers where the counters of a slot are until the slot learns another key', () => {
    const sketch = new FrequencySketch(2);
    sketch.learn(0, 7);
    sketch.increment(0);
    sketch.increment(0);
    sketch.learn(1, 7);
    expect(sketch.frequency(1)).toBe(2);
    sketch.clear();
    expect(sketch.frequency(1)).toBe(0);
  });
});
