import type { Steps } from '@q/block';
import { getRefcount, hostOffsetOf, isCopied, L2_COMPRESSED_HI } from '@q/format';
import { blockPlaces } from './compare-counts.ts';
import { COPIED, UNCOPIED } from './counts.ts';
import { readTables } from './read-tables.ts';
import type { Survey } from './survey.ts';

/**
 * Names the entries of the active L1 and L2 tables whose COPIED flag contradicts the stored refcount. Comparing the counts has told
 * whether there is any, so a sound image is not read twice.
 */
export function* compareFlags(survey: Survey): Steps<void> {
  if (survey.wrongFlags === 0) return;
  yield* markFlags(survey);
  const { counts, findings, l1, geometry, cluster, tables } = survey;
  const { clusterSize } = geometry;
  for (const [i, table] of l1.tables.entries()) {
    const due = counts.flagsAt(table) === COPIED;
    const copied = l1.copied[i]!;
    if (copied === due) continue;
    const at = cluster.header.l1TableOffset + l1.indexes[i]! * 8;
    const code = copied ? 'l1-copied-set' : 'l1-copied-missing';
    findings.add(code, at, copied ? 'COPIED' : 'no COPIED', due ? 'COPIED' : 'no COPIED', table);
  }
  const list = survey.l2Tables.filter((table) => tables.flagsAt(table) !== 0);
  const places = {
    count: list.length,
    bytes: clusterSize,
    offsetOf: (i: number) => list[i]! * clusterSize,
  };
  yield* readTables(
    survey.file,
    places,
    (i, _, view, base) => {
      forEachWrongFlag(survey, view, base, (at, copied, target) => {
        const code = copied ? 'l2-copied-set' : 'l2-copied-missing';
        const [found, due] = copied ? ['COPIED', 'no COPIED'] : ['no COPIED', 'COPIED'];
        findings.add(code, list[i]! * clusterSize + at - base, found, due, target);
      });
    },
    () => {
      // Counted when its entries were.
    },
  );
}

/** Shows the entries of a table whose COPIED flag is wrong: where in the view, the flag, the host cluster. Flags must have been marked. */
export function forEachWrongFlag(
  survey: Survey,
  view: DataView,
  base: number,
  visit: (at: number, copied: boolean, cluster: number) => void,
): void {
  const { geometry, counts, clusters } = survey;
  const { clusterSize, l2EntrySize, hasDataFile } = geometry;
  if (hasDataFile) return;
  for (let at = base; at < base + clusterSize; at += l2EntrySize) {
    const hi = view.getUint32(at);
    if ((hi & L2_COMPRESSED_HI) !== 0) continue;
    const cluster = hostOffsetOf(hi, view.getUint32(at + 4)) / clusterSize;
    if (cluster === 0 || cluster % 1 !== 0 || cluster >= clusters) continue;
    const copied = isCopied(hi);
    if (copied !== (counts.flagsAt(cluster) === COPIED)) visit(at, copied, cluster);
  }
}

/** Sets the flags of every cluster to what its stored count demands: `COPIED` for 1, `UNCOPIED` for all others. */
function* markFlags(survey: Survey): Steps<void> {
  const { counts, blocks, geometry, clusters } = survey;
  const { refcountsPerBlock, refcountOrder, clusterSize } = geometry;
  for (let at = counts.nextUsed(0); at <= clusters; at = counts.nextUsed(at + 1)) {
    counts.setFlags(at, UNCOPIED);
  }
  yield* readTables(
    survey.file,
    blockPlaces(survey),
    (i, bytes, _, base) => {
      const block = bytes.subarray(base, base + clusterSize);
      const first = blocks.indexes[i]! * refcountsPerBlock;
      const inFile = Math.min(refcountsPerBlock, clusters + 1 - first);
      for (let n = 0; n < inFile; n++) {
        if (getRefcount(block, refcountOrder, n) === 1) counts.setFlags(first + n, COPIED);
      }
    },
    () => {
      // Counted when the counts were compared.
    },
  );
}
