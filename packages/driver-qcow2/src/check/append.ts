import { wait, type Steps } from '@q/block';
import type { Survey } from './survey.ts';

/**
 * Writes `bytes` behind everything else, from a cluster's start on. Their refcounts are wrong until all refcounts are mended, which a
 * repair does last; the dirty bit says so meanwhile. @returns the host offset
 */
export function* append(survey: Survey, bytes: Uint8Array): Steps<number> {
  const { file, geometry, counts, clusters } = survey;
  const { clusterSize } = geometry;
  // A compressed stream may end in the cluster behind the file.
  const least = counts.at(clusters) > 0 ? clusters + 1 : clusters;
  const offset = Math.max(Math.ceil(file.size / clusterSize), least) * clusterSize;
  const whole = new Uint8Array(Math.ceil(bytes.length / clusterSize) * clusterSize);
  whole.set(bytes);
  yield* wait(file.write(whole, offset));
  return offset;
}
