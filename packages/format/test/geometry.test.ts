import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  INCOMPATIBLE_EXTENDED_L2,
  clusterCeilOf,
  clusterIndexOf,
  clusterOffsetOf,
  clusterStartOf,
  geometryOf,
  inClusterOf,
  l1IndexOf,
  l2IndexOf,
  l2SliceOf,
  l2SlicesOf,
  refcountBlockIndexOf,
  refcountTableIndexOf,
  subclusterOf,
  type GuestOffset,
  type HostOffset,
} from '../src/index.ts';
import { fresh, freshV2 } from './headers.ts';

describe('geometry', () => {
  it('of a new 1 GiB image', () => {
    expect(geometryOf(fresh())).toEqual({
      version: 3,
      clusterBits: 16,
      clusterSize: 65536,
      virtualSize: 2 ** 30,
      extendedL2: false,
      hasDataFile: false,
      l2EntrySize: 8,
      l2Entries: 8192,
      l1Span: 2 ** 29,
      l1Entries: 2,
      subclusters: 1,
      subclusterSize: 65536,
      refcountOrder: 4,
      refcountBits: 16,
      refcountsPerBlock: 32768,
      refcountBlockSpan: 2 ** 31,
      maxRefcount: 65535,
      hostLimit: 2 ** 53,
      l2Rules: 0xfe00,
    });
  });

  it('with extended L2 entries, in version 2, and with an odd size', () => {
    expect(
      geometryOf(fresh({ incompatibleFeatures: INCOMPATIBLE_EXTENDED_L2, refcountOrder: 6 })),
    ).toMatchObject({
      extendedL2: true,
      l2EntrySize: 16,
      l2Entries: 4096,
      l1Span: 2 ** 28,
      l1Entries: 4,
      subclusters: 32,
      subclusterSize: 2048,
      refcountsPerBlock: 8192,
      maxRefcount: Number.MAX_SAFE_INTEGER,
    });
    expect(geometryOf(freshV2())).toMatchObject({ version: 2, refcountBits: 16 });
    expect(geometryOf(fresh({ size: 1023 }))).toMatchObject({ virtualSize: 512, l1Entries: 1 });
    expect(geometryOf(fresh({ refcountOrder: 0 })).maxRefcount).toBe(1);
  });

  it('takes addresses apart exactly, for every safe integer and cluster size', () => {
    fc.assert(
      fc.property(
        fc.maxSafeNat(),
        fc.integer({ min: 9, max: 21 }),
        fc.boolean(),
        (offset, clusterBits, wide) => {
          const incompatibleFeatures = wide ? INCOMPATIBLE_EXTENDED_L2 : 0n;
          const g = geometryOf(fresh({ clusterBits, incompatibleFeatures }));
          const big = BigInt(offset);
          const cluster = big >> BigInt(clusterBits);
          expect(l1IndexOf(g, offset)).toBe(Number(cluster / BigInt(g.l2Entries)));
          expect(l2IndexOf(g, offset)).toBe(Number(cluster % BigInt(g.l2Entries)));
          expect(inClusterOf(g, offset)).toBe(Number(big % BigInt(g.clusterSize)));
          expect(subclusterOf(g, offset)).toBe(
            Number((big % BigInt(g.clusterSize)) / BigInt(g.subclusterSize)),
          );
          const index = clusterIndexOf(g, offset);
          expect(index).toBe(Number(cluster));
          expect(clusterOffsetOf(g, index)).toBe(clusterStartOf(g, offset));
          expect(clusterStartOf(g, offset) + inClusterOf(g, offset)).toBe(offset);
          expect(clusterCeilOf(g, offset) - clusterStartOf(g, offset)).toBe(
            inClusterOf(g, offset) === 0 ? 0 : g.clusterSize,
          );
          const perBlock = BigInt(g.refcountsPerBlock);
          expect(refcountTableIndexOf(g, index)).toBe(Number(cluster / perBlock));
          expect(refcountBlockIndexOf(g, index)).toBe(Number(cluster % perBlock));
        },
      ),
    );
  });

  it('cuts L2 tables into slices', () => {
    const g = geometryOf(fresh());
    const slices = l2SlicesOf(g, 4096);
    expect(slices).toEqual({ bytes: 4096, entries: 512, perTable: 16, span: 2 ** 25 });
    expect(l2SliceOf(slices, 2 ** 25 - 1)).toBe(0);
    expect(l2SliceOf(slices, 2 ** 40)).toBe(2 ** 15);
    expect(l2SlicesOf(g, 65536)).toMatchObject({ perTable: 1, entries: 8192 });
    for (const bytes of [256, 131072, 4095, 0]) {
      expect(() => l2SlicesOf(g, bytes)).toThrow(RangeError);
    }
  });

  it('keeps guest and host offsets apart in types, at no cost for plain numbers', () => {
    const guest: GuestOffset = 4096;
    // @ts-expect-error a guest offset is no host offset
    const host: HostOffset = guest;
    expect(host + 1).toBe(4097);
  });
});
