import { readPadded, wait, type Steps } from '@q/block';
import { getRefcount } from '@q/format';
import { blockPlaceOf } from './refcount-blocks.ts';
import type { Survey } from './survey.ts';

/** The refcount that the image stores for a cluster. Reads it from the file: for the few that a repair asks for. */
export function* storedCount(survey: Survey, cluster: number): Steps<number> {
  const { blocks, geometry, file } = survey;
  const { refcountsPerBlock, refcountOrder, clusterSize } = geometry;
  const place = blockPlaceOf(blocks, Math.floor(cluster / refcountsPerBlock));
  if (place < 0) return 0;
  // Eight bytes hold any count, those below a byte with their neighbours.
  const bit = (cluster % refcountsPerBlock) * 2 ** refcountOrder;
  const word = Math.floor(bit / 64);
  const bytes = new Uint8Array(8);
  yield* wait(readPadded(file, bytes, blocks.clusters[place]! * clusterSize + word * 8));
  return getRefcount(bytes, refcountOrder, (bit - word * 64) / 2 ** refcountOrder);
}

/**
 * The orphan at a damaged host offset: a cluster that is counted, and that nothing names. A flipped bit among those that must be 0 leaves
 * exactly that behind. @returns its number, or -1; it is named from then on
 */
export function* adoptOrphan(survey: Survey, offset: number): Steps<number> {
  const cluster = Math.floor(offset / survey.geometry.clusterSize);
  if (cluster === 0 || cluster >= survey.clusters || survey.counts.at(cluster) > 0) return -1;
  if ((yield* storedCount(survey, cluster)) === 0) return -1;
  survey.counts.add(cluster, 1, 0);
  return cluster;
}
