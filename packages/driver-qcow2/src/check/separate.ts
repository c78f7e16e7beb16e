import { isImageError, readPadded, wait, type Steps } from '@q/block';
import { entryHi, entryLo, hostOffsetOf, L2_COMPRESSED_HI, L2_ZERO_LO } from '@q/format';
import { append } from './append.ts';
import type { Survey } from './survey.ts';
import { writeSectors } from './write-sectors.ts';

/**
 * Moves guest data out of clusters that are metadata, too: the bytes are copied to a new cluster, so the guest reads what it read
 * before, and its next write no longer destroys the metadata. Refcounts that share a cluster with anything are written anew elsewhere.
 *
 * @returns whether something was written
 */
export function* separate(survey: Survey): Steps<boolean> {
  const { file, geometry, findings } = survey;
  const { clusterSize, l2EntrySize, hasDataFile } = geometry;
  if (findings.count('overlap') === 0 || hasDataFile) return false;
  const crowded = crowdedMetadata(survey);
  const moved = new Map<number, number>();
  const before = new Uint8Array(clusterSize);
  let wrote = false;
  for (const table of survey.l2Tables) {
    try {
      yield* wait(readPadded(file, before, table * clusterSize));
    } catch (error) {
      if (!isImageError(error, 'io')) throw error;
      continue;
    }
    const after = before.slice();
    const view = new DataView(after.buffer);
    for (let at = 0; at < clusterSize; at += l2EntrySize) {
      const hi = view.getUint32(at);
      const lo = view.getUint32(at + 4);
      if ((hi & L2_COMPRESSED_HI) !== 0) continue;
      const cluster = hostOffsetOf(hi, lo) / clusterSize;
      if (!crowded.has(cluster)) continue;
      let place = moved.get(cluster);
      if (place === undefined) {
        const bytes = new Uint8Array(clusterSize);
        yield* wait(readPadded(file, bytes, cluster * clusterSize));
        place = yield* append(survey, bytes);
        moved.set(cluster, place);
      }
      view.setUint32(at, entryHi(place, false));
      view.setUint32(at + 4, entryLo(place) + (lo & L2_ZERO_LO));
    }
    if (moved.size === 0) continue;
    // The copies are durable before anything names them.
    yield* wait(file.flush());
    if (yield* writeSectors(file, before, after, table * clusterSize)) wrote = true;
  }
  return wrote;
}

/** Clusters of metadata that something else names. Those of refcounts are not among them. */
function crowdedMetadata(survey: Survey): Set<number> {
  const { counts, tables, metadata, snapshotL1s, l2Tables, geometry, cluster } = survey;
  const { refcountTableOffset, refcountTableClusters } = cluster.header;
  const start = refcountTableOffset / geometry.clusterSize;
  const crowded = new Set<number>();
  for (const piece of [...metadata, ...snapshotL1s]) {
    for (let at = piece.start; at < piece.end; at++) {
      const isTable = at >= start && at < start + refcountTableClusters && piece.depth === 1;
      if (counts.at(at) > 1 && !isTable) crowded.add(at);
    }
  }
  for (const table of l2Tables) if (counts.at(table) > tables.at(table)) crowded.add(table);
  return crowded;
}
