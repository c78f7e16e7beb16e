import { expect, it } from 'vitest';
import { headerPatch, parseHeader, serializeHeader, type HeaderPatchKind } from '../src/index.ts';
import { FRESH, fresh, freshV2, hex } from './headers.ts';

it.each<[HeaderPatchKind, Parameters<typeof fresh>[0], number]>([
  ['size', { size: 2 ** 20 + 512 }, 8],
  ['l1', { l1Size: 77, l1TableOffset: 0x990000 }, 12],
  ['refcountTable', { refcountTableOffset: 0x770000, refcountTableClusters: 3 }, 12],
  ['snapshots', { snapshotCount: 9, snapshotsOffset: 0x880000 }, 12],
  ['features', { incompatibleFeatures: 1n, compatibleFeatures: 1n, autoclearFeatures: 1n }, 24],
])('a patch of %s makes the old header the new one', (kind, change, length) => {
  const { offset, bytes } = headerPatch(fresh(change), kind);
  expect(bytes).toHaveLength(length);
  const image = serializeHeader(FRESH);
  image.set(bytes, offset);
  expect(parseHeader(image)).toEqual(fresh(change));
});

it('has no feature bits in version 2', () => {
  expect(headerPatch(freshV2({ size: 512 }), 'size').bytes).toEqual(hex('0000000000000200'));
  expect(() => headerPatch(freshV2(), 'features')).toThrow(RangeError);
});
