import type { Survey } from './survey.ts';

/**
 * Whether the header names no place that can be the active L1 table: one outside of the file, or one that other metadata has. Then nobody
 * knows what the guest's disk is made of, all of it looks free, and a repair would write over it.
 */
export function isL1Lost(survey: Survey): boolean {
  const { cluster, geometry, file, metadata, findings } = survey;
  const { l1TableOffset, l1Size, refcountTableOffset, refcountTableClusters } = cluster.header;
  if (l1Size === 0) return false;
  if (l1TableOffset >= file.size || findings.count('l1-out-of-file') > 0) return true;
  const first = l1TableOffset / geometry.clusterSize;
  const end = Math.ceil((l1TableOffset + l1Size * 8) / geometry.clusterSize);
  // Refcounts are written anew elsewhere: they do not stay in the way.
  const refcounts = refcountTableOffset / geometry.clusterSize;
  return metadata.some((piece) => {
    if (piece.end <= first || piece.start >= end) return false;
    const isRefcounts = piece.start >= refcounts && piece.start < refcounts + refcountTableClusters;
    return piece.depth > (isRefcounts ? 2 : 1);
  });
}
