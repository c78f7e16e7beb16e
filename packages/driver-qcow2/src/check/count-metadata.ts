import type { Steps } from '@q/block';
import { extensionOf } from '@q/format';
import { countBitmaps } from './count-bitmaps.ts';
import { claim } from './claim.ts';
import { readSnapshotEntries } from './snapshot-entries.ts';
import { Spans } from './spans.ts';
import type { Survey } from './survey.ts';

/** Counts what the header names: all metadata but L2 tables and refcount blocks. */
export function* countMetadata(survey: Survey): Steps<void> {
  const { header } = survey.cluster;
  const { clusterSize } = survey.geometry;
  const spans = new Spans();
  spans.add(0, 1);
  claim(survey, spans, header.l1TableOffset, header.l1Size * 8, 40, 'l1-out-of-file');
  const { refcountTableOffset, refcountTableClusters } = header;
  if (refcountTableClusters === 0) {
    survey.findings.add('refcount-table-missing', 56, 0, '1 or more');
  } else {
    const bytes = refcountTableClusters * clusterSize;
    claim(survey, spans, refcountTableOffset, bytes, 48, 'refcount-table-out-of-file');
  }
  const { entries, bytes } = yield* readSnapshotEntries(survey);
  survey.snapshots = entries;
  claim(survey, spans, header.snapshotsOffset, bytes, 64, 'snapshot-table-short');
  const l1s = new Spans();
  for (const { offset, snapshot } of entries) {
    if (snapshot === undefined) continue;
    claim(survey, l1s, snapshot.l1TableOffset, snapshot.l1Size * 8, offset, 'l1-out-of-file');
  }
  const luks = extensionOf(survey.cluster, 'luks');
  if (luks !== undefined) {
    claim(survey, spans, luks.offset, luks.length, 0, 'luks-out-of-file');
  }
  yield* countBitmaps(survey, spans);
  survey.metadata = spans.pieces();
  survey.snapshotL1s = l1s.pieces();
  for (const { start, end, depth } of [...survey.metadata, ...survey.snapshotL1s]) {
    survey.counts.addRange(start, end, depth, 0);
  }
}
