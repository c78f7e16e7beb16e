import type { Survey } from './survey.ts';

/**
 * Finds metadata whose clusters something else names too. Their refcounts may be right, and the next write destroys one of the two all
 * the same. An L2 table may have many users, but all of them must be L1 entries.
 */
export function findOverlaps(survey: Survey): void {
  const { counts, tables, metadata, snapshotL1s, findings, blocks, geometry } = survey;
  const { clusterSize } = geometry;
  const look = (cluster: number, users: number): void => {
    const found = counts.at(cluster);
    if (found > users) findings.add('overlap', cluster * clusterSize, found, users, cluster);
  };
  for (const { start, end } of [...metadata, ...snapshotL1s]) {
    for (let cluster = start; cluster < end; cluster++) look(cluster, 1);
  }
  for (const table of survey.l2Tables) {
    look(table, tables.at(table));
  }
  for (const [i, block] of blocks.clusters.entries()) {
    if (counts.at(block) === 1) continue;
    const at = survey.cluster.header.refcountTableOffset + blocks.indexes[i]! * 8;
    findings.add('refcount-block-shared', at, counts.at(block), 1, block);
  }
}
