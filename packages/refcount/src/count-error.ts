import { ImageError } from '@q/block';
import type { Geometry } from '@q/format';

/** Throws what is wrong with adding `delta` to the count of a cluster, which is `before`. */
export function refuseCount(
  geometry: Geometry,
  cluster: number,
  before: number,
  delta: number,
): never {
  const details = { offset: cluster * geometry.clusterSize, subject: 'refcount', found: before };
  if (delta < 0 && before <= geometry.maxRefcount) {
    throw new ImageError(
      'corrupt',
      cluster === 0 && before + delta === 0
        ? 'The cluster of the header is to be given back. The image is damaged: run a check.'
        : `Host cluster ${cluster} is to be given back, and its refcount is ${before} already. The image is damaged: run a check.`,
      details,
    );
  }
  throw new ImageError(
    'limit',
    `Host cluster ${cluster} has as many users as a refcount of ${geometry.refcountBits} bits can count. Delete a snapshot, or convert the image to wider refcounts.`,
    { ...details, expected: geometry.maxRefcount },
  );
}
