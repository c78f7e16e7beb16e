import { expect, it } from 'vitest';
import { interiorOf } from '../../src/cow/figures.ts';
import { shapeOf } from '../../src/cow/workload.ts';

it('counts whole requests, their clusters, and the rest of the last cluster', () => {
  const shape = shapeOf({ size: 2 ** 30, request: 24_576, depth: 16 });
  expect(shape).toEqual({
    requests: 43_690,
    guestBytes: 43_690 * 24_576,
    clusters: 16_384,
    edgeBytes: 16_384,
  });
});

it('does not count what lies behind the end of the disk', () => {
  const { clusters, edgeBytes } = shapeOf({ size: 100_000, request: 512, depth: 1 });
  expect(clusters).toBe(2);
  expect(edgeBytes).toBe(100_000 - 195 * 512);
});

it('takes the end of the range from what was copied, and no more', () => {
  const shape = shapeOf({ size: 2 ** 30, request: 24_576, depth: 16 });
  expect(interiorOf(shape, 16_384)).toBe(0);
  expect(interiorOf(shape, 0)).toBe(0);
  expect(interiorOf(shape, 20_000)).toBe(3616);
});
