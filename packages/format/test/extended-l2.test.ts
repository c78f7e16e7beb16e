import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  INCOMPATIBLE_EXTENDED_L2,
  L2_COMPRESSED,
  L2_DATA,
  L2_INVALID,
  L2_UNALLOCATED,
  L2_ZERO,
  decodeExtendedL2,
  geometryOf,
  l2Kind,
  subclusterKind,
  subclusterMask,
  subclusterRun,
  subclustersAreInvalid,
  type L2Kind,
} from '../src/index.ts';
import { fresh, halves } from './headers.ts';

const geometry = geometryOf(fresh({ incompatibleFeatures: INCOMPATIBLE_EXTENDED_L2, l1Size: 4 }));

/** The kinds of all 32 subclusters, as runs: [kind, length]. */
function runs(word: string, bitmap: string): [number, number][] {
  const kind = l2Kind(...halves(word), geometry.l2Rules);
  const [zero, allocated] = halves(bitmap);
  const found: [number, number][] = [];
  for (let n = 0; n < 32; n += found.at(-1)![1]) {
    found.push([subclusterKind(kind, allocated, zero, n), subclusterRun(kind, allocated, zero, n)]);
  }
  return found;
}

describe('extended L2 entry', () => {
  // Values of QEMU images with 64 KiB clusters, subclusters of 2 KiB.
  it.each([
    [
      'write 0..2k',
      '8000000000050000',
      '0000000000000001',
      [
        [L2_DATA, 1],
        [L2_UNALLOCATED, 31],
      ],
    ],
    [
      'write 3k at 70k',
      '8000000000060000',
      '0000000000000018',
      [
        [L2_UNALLOCATED, 3],
        [L2_DATA, 2],
        [L2_UNALLOCATED, 27],
      ],
    ],
    [
      'write -z 128k 4k',
      '0000000000000000',
      '0000000300000000',
      [
        [L2_ZERO, 2],
        [L2_UNALLOCATED, 30],
      ],
    ],
    ['discard of the cluster', '0000000000000000', 'ffffffff00000000', [[L2_ZERO, 32]]],
    ['metadata preallocation', '8000000000050000', '0000000000000000', [[L2_UNALLOCATED, 32]]],
    ['a full write', '8000000000050000', '00000000ffffffff', [[L2_DATA, 32]]],
    ['compressed', '4a00000000054f6c', '0000000000000000', [[L2_COMPRESSED, 32]]],
    ['compressed with a bitmap', '4a00000000054f6c', '0000000000000001', [[L2_INVALID, 32]]],
    [
      'allocated without cluster',
      '0000000000000000',
      '0000000080000000',
      [
        [L2_UNALLOCATED, 31],
        [L2_INVALID, 1],
      ],
    ],
    [
      'zero and allocated',
      '8000000000050000',
      '0000000700000006',
      [
        [L2_ZERO, 1],
        [L2_INVALID, 2],
        [L2_UNALLOCATED, 29],
      ],
    ],
    ['an unaligned cluster', '8000000000050200', '00000000ffffffff', [[L2_INVALID, 32]]],
  ])('%s', (_what, word, bitmap, expected) => {
    expect(runs(word, bitmap)).toEqual(expected);
    const invalid = expected.some(([kind]) => kind === L2_INVALID);
    const [zero, allocated] = halves(bitmap);
    const kind = l2Kind(...halves(word), geometry.l2Rules);
    expect(subclustersAreInvalid(kind, allocated, zero)).toBe(invalid);
    const decode = (): unknown => decodeExtendedL2(...halves(word), zero, allocated, geometry, 64);
    if (invalid) expect(decode).toThrow(expect.objectContaining({ code: 'corrupt' }));
    else expect(decode()).toMatchObject({ zero, allocated });
  });

  it('runs end where the kind changes, whatever the bitmaps', () => {
    const u32 = fc.integer({ min: 0, max: 0xffffffff });
    const word = fc.constantFrom<L2Kind[]>(L2_UNALLOCATED, L2_DATA, L2_COMPRESSED, L2_INVALID);
    fc.assert(
      fc.property(word, u32, u32, u32, fc.nat(31), (kind, a, b, mask, n) => {
        for (const [allocated, zero] of [
          [a, b],
          [a & mask, b & ~mask],
          [a, 0],
          [0, b],
          [a, ~a],
        ] as const) {
          const first = subclusterKind(kind, allocated, zero, n);
          let length = 1;
          while (n + length < 32 && subclusterKind(kind, allocated, zero, n + length) === first)
            length++;
          expect(subclusterRun(kind, allocated, zero, n)).toBe(length);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('masks', () => {
    expect(subclusterMask(0, 32)).toBe(0xffffffff);
    expect(subclusterMask(31, 1)).toBe(0x80000000);
    expect(subclusterMask(3, 2)).toBe(0x18);
    expect(subclusterMask(7, 0)).toBe(0);
  });
});
