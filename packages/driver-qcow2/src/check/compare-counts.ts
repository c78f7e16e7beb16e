import type { Steps } from '@q/block';
import { getRefcount, nextUsedRefcount } from '@q/format';
import { COPIED, UNCOPIED } from './counts.ts';
import { readTables, type TablePlaces } from './read-tables.ts';
import { blockEntryOffset, countRefcountBlocks } from './refcount-blocks.ts';
import type { Survey } from './survey.ts';

/** Compares the refcounts that the image stores with what names each cluster. */
export function* compareCounts(survey: Survey): Steps<void> {
  yield* countRefcountBlocks(survey);
  const { blocks, clusters, geometry, progress, findings } = survey;
  const { refcountsPerBlock, clusterSize } = geometry;
  progress.expect(blocks.indexes.length);
  let behind = 0;
  yield* readTables(
    survey.file,
    blockPlaces(survey),
    (i, bytes, _, base) => {
      const index = blocks.indexes[i]!;
      compareWithout(survey, behind * refcountsPerBlock, index * refcountsPerBlock);
      behind = index + 1;
      const { corruptions, leaks } = findings;
      compareBlock(survey, index, bytes.subarray(base, base + clusterSize), i);
      if (findings.corruptions + findings.leaks > corruptions + leaks) blocks.wrong.push(i);
      progress.step();
    },
    (i) => {
      // Nobody knows what it holds: its clusters are neither too low nor too high.
      behind = blocks.indexes[i]! + 1;
      survey.unreadable(blocks.clusters[i]! * clusterSize, false);
    },
  );
  compareWithout(survey, behind * refcountsPerBlock, clusters + 1);
  if (survey.counts.overflows > 0) {
    survey.findings.add('too-many-references', 0, survey.counts.overflows, 0);
  }
}

/** Where the refcount blocks are, in the order of the refcount table. */
export function blockPlaces(survey: Survey): TablePlaces {
  const { blocks, geometry } = survey;
  return {
    count: blocks.indexes.length,
    bytes: geometry.clusterSize,
    offsetOf: (i) => blocks.clusters[i]! * geometry.clusterSize,
  };
}

/** Clusters `from`..`to` have no refcount block, so their stored counts are 0. */
function compareWithout(survey: Survey, from: number, to: number): void {
  const { counts, clusters, geometry } = survey;
  const end = Math.min(to, clusters + 1);
  for (let at = counts.nextUsed(from); at < end; at = counts.nextUsed(at + 1)) {
    const index = Math.floor(at / geometry.refcountsPerBlock);
    if (counts.at(at) > 0) survey.blocks.missing = true;
    compareCluster(survey, at, 0, blockEntryOffset(survey, index));
  }
}

/** Compares the counts of a block. Hot: one step for each cluster of the file. */
function compareBlock(survey: Survey, index: number, block: Uint8Array, place: number): void {
  const { counts, geometry, blocks, clusters } = survey;
  const { refcountsPerBlock, refcountOrder, clusterSize } = geometry;
  const { words, most, bits } = counts;
  const wrongOne = (UNCOPIED << bits) | most;
  const wrongOther = (COPIED << bits) | most;
  const first = index * refcountsPerBlock;
  const inFile = Math.max(0, Math.min(refcountsPerBlock, clusters + 1 - first));
  const offset = blocks.clusters[place]! * clusterSize;
  let last = -1;
  const halves = refcountOrder === 4 && bits === 6 ? words32(block) : undefined;
  for (let i = 0; i < inFile; i++) {
    if (halves !== undefined && (i & 3) === 0) {
      const end = skipOnes(counts.quads, halves, first, i, inFile);
      if (end > i) last = end - 1;
      if (end >= inFile) break;
      i = end;
    }
    const stored =
      refcountOrder === 4
        ? (block[i * 2]! << 8) | block[i * 2 + 1]!
        : getRefcount(block, refcountOrder, i);
    if (stored !== 0) last = i;
    // Equal, and no flag that says otherwise: COPIED goes with a count of 1 and no other.
    if ((words[first + i]! & (stored === 1 ? wrongOne : wrongOther)) === stored) continue;
    compareCluster(survey, first + i, stored, offset + countAt(i, refcountOrder));
  }
  if (last >= 0 && first + last < clusters) {
    survey.lastUsed = Math.max(survey.lastUsed, first + last);
  }
  for (let i = nextUsedRefcount(block, refcountOrder, inFile); i < refcountsPerBlock;) {
    const stored = getRefcount(block, refcountOrder, i);
    const at = offset + countAt(i, refcountOrder);
    survey.findings.add('refcount-past-end', at, stored, 0, first + i);
    i = nextUsedRefcount(block, refcountOrder, i + 1);
  }
}

const words32 = (bytes: Uint8Array): Uint32Array =>
  new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);

/** Two counts of 1, of 16 bits each, in the byte order of this machine. */
const ONES = words32(Uint8Array.of(0, 1, 0, 1))[0]!;

/**
 * Skips clusters that are named once and have a count of 1, and no flag that says otherwise: four at once, nearly all clusters of most
 * images. `halves` are counts of 16 bits, two in a word; `quads` words of 8 bits, four in a word. @returns where it stopped
 */
function skipOnes(
  quads: Uint32Array,
  halves: Uint32Array,
  first: number,
  from: number,
  to: number,
): number {
  let quad = (first + from) / 4;
  const end = Math.floor((first + to) / 4);
  let half = from / 2;
  while (
    quad < end &&
    halves[half] === ONES &&
    halves[half + 1] === ONES &&
    (quads[quad]! & 0xbfbfbfbf) === (0x01010101 | 0)
  ) {
    quad++;
    half += 2;
  }
  return quad * 4 - first;
}

/** The byte of a block that holds count `i`. */
function countAt(i: number, order: number): number {
  return Math.floor((i * 2 ** order) / 8);
}

function compareCluster(survey: Survey, cluster: number, stored: number, offset: number): void {
  const { counts, findings, clusters } = survey;
  const expected = counts.at(cluster);
  const flags = counts.flagsAt(cluster);
  if (expected !== 0 && cluster < clusters) survey.lastUsed = Math.max(survey.lastUsed, cluster);
  if ((flags & (stored === 1 ? UNCOPIED : COPIED)) !== 0) survey.wrongFlags++;
  if (stored < expected) findings.add('refcount-too-low', offset, stored, expected, cluster);
  if (stored <= expected) return;
  const code = cluster >= clusters ? 'refcount-past-end' : 'refcount-too-high';
  findings.add(code, offset, stored, expected, cluster);
}
