import { ImageError } from '@q/block';
import type { Refcounts } from './refcounts.ts';

/** How many clusters, from 0 on, the file can have: up to the format's limit, or to the end of a file that does not grow. */
export function clustersOf(refcounts: Refcounts): number {
  const { geometry, file } = refcounts;
  const limit =
    file.growable === true ? geometry.hostLimit : Math.min(geometry.hostLimit, file.size);
  return Math.floor(limit / geometry.clusterSize);
}

/** Throws `no-space` when the clusters cannot all be in the file. */
export function checkRoom(refcounts: Refcounts, first: number, count: number): void {
  const clusters = clustersOf(refcounts);
  if (first + count <= clusters) return;
  const { geometry, file } = refcounts;
  throw new ImageError(
    'no-space',
    file.growable === true
      ? 'The image has no host clusters left. Convert it to a larger cluster size.'
      : 'The device that holds the image is full and cannot grow. Free space in the guest, or move the image to a larger device.',
    {
      offset: first * geometry.clusterSize,
      expected: clusters * geometry.clusterSize,
      found: (first + count) * geometry.clusterSize,
    },
  );
}
