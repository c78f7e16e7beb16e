import { ImageError } from '@q/block';
import type { Refcounts } from './refcounts.ts';

/** Throws `no-space` when the clusters cannot be in the file: past the format's limit, or past the end of a file that does not grow. */
export function checkRoom(refcounts: Refcounts, first: number, count: number): void {
  const { geometry, file } = refcounts;
  const end = (first + count) * geometry.clusterSize;
  const limit =
    file.growable === true ? geometry.hostLimit : Math.min(geometry.hostLimit, file.size);
  if (end <= limit) return;
  throw new ImageError(
    'no-space',
    file.growable === true
      ? 'The image has no host clusters left. Convert it to a larger cluster size.'
      : 'The device that holds the image is full and cannot grow. Free space in the guest, or move the image to a larger device.',
    { offset: first * geometry.clusterSize, expected: limit, found: end },
  );
}
