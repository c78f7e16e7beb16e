import type { Steps } from '@q/block';
import { hostOffsetOf, isCopied, l1HasReservedBits } from '@q/format';
import { COPIED, UNCOPIED } from './counts.ts';
import { readPieces } from './read-pieces.ts';
import { Spans } from './spans.ts';
import type { Survey } from './survey.ts';

/** What the active L1 table names. */
export class ActiveL1 {
  /** L1 index of the entries that name an L2 table, in order. */
  readonly indexes: number[] = [];
  /** The host cluster of each one's table. */
  readonly tables: number[] = [];
  /** Whether each one has COPIED. */
  readonly copied: boolean[] = [];
}

/**
 * Counts the L2 tables that the active L1 table and those of snapshots name. Parts of the file that several L1 tables share are read
 * once and count for each. Only the active table's flags are looked at: those of snapshots are stale, and may be.
 */
export function* countL1Tables(survey: Survey): Steps<void> {
  const { header } = survey.cluster;
  const { l1, counts, tables } = survey;
  const start = header.l1TableOffset;
  const active = [{ start, end: start + header.l1Size * 8, depth: 1 }];
  yield* readPieces(survey, active, (view, at, length) => {
    forEachTable(survey, view, at, length, (i, table, hi) => {
      const copied = isCopied(hi);
      l1.indexes.push((at + i - start) / 8);
      l1.tables.push(table);
      l1.copied.push(copied);
      counts.add(table, 1, copied ? COPIED : UNCOPIED);
      tables.add(table, 1, copied ? COPIED : UNCOPIED);
    });
  });
  const spans = new Spans();
  for (const { snapshot } of survey.snapshots) {
    if (snapshot === undefined) continue;
    spans.add(snapshot.l1TableOffset, snapshot.l1TableOffset + snapshot.l1Size * 8);
  }
  yield* readPieces(survey, spans.pieces(), (view, at, length, depth) => {
    forEachTable(survey, view, at, length, (_, table) => {
      counts.add(table, depth, 0);
      tables.add(table, depth, 0);
    });
  });
  const { clusters } = survey;
  for (let at = tables.nextUsed(0); at < clusters; at = tables.nextUsed(at + 1)) {
    survey.l2Tables.push(at);
  }
}

/** Shows the L2 tables that entries name: where the entry is in the view, the table's cluster, the entry's high half. */
function forEachTable(
  survey: Survey,
  view: DataView,
  at: number,
  length: number,
  visit: (i: number, table: number, hi: number) => void,
): void {
  const { findings, clusters, geometry } = survey;
  const { clusterSize } = geometry;
  for (let i = 0; i + 8 <= length; i += 8) {
    const hi = view.getUint32(i);
    const lo = view.getUint32(i + 4);
    if ((hi | lo) === 0) continue;
    const before = findings.corruptions;
    if (l1HasReservedBits(hi, lo)) findings.entry('l1-entry-reserved-bits', at + i, hi, lo, 0);
    const table = hostOffsetOf(hi, lo) / clusterSize;
    if (table === 0) {
      // Nothing is mapped.
    } else if (table % 1 !== 0) {
      findings.entry('l1-entry-unaligned', at + i, hi, lo, `a multiple of ${clusterSize}`);
    } else if (table >= clusters) {
      const expected = `below ${clusters * clusterSize}`;
      findings.entry('l1-entry-out-of-file', at + i, hi, lo, expected);
    } else visit(i, table, hi);
    if (findings.corruptions > before) survey.damagedL1Entries.push(at + i);
  }
}
