import { isImageError, readPadded, wait, type Steps } from '@q/block';
import {
  AUTOCLEAR_BITMAPS,
  decodeBitmapTableEntry,
  extensionOf,
  featuresOf,
  parseBitmapDirectory,
  type BitmapDirectoryEntry,
  type BitmapsExtension,
} from '@q/format';
import { claim } from './claim.ts';
import { readPieces } from './read-pieces.ts';
import { Spans } from './spans.ts';
import type { Survey } from './survey.ts';

/** Counts the bitmap directory (into `spans`), the bitmap tables, and the data of the bitmaps. */
export function* countBitmaps(survey: Survey, spans: Spans): Steps<void> {
  const { cluster, findings } = survey;
  const bitmaps = extensionOf(cluster, 'bitmaps');
  if (bitmaps === undefined) return;
  // A program that knows no bitmaps wrote to the image: what the extension names is no longer in use.
  if ((featuresOf(cluster.header, 'autoclear') & AUTOCLEAR_BITMAPS) === 0n) {
    findings.add('bitmaps-stale', 88, 'clear', 'set');
    return;
  }
  const { directoryOffset, directorySize } = bitmaps;
  const code = 'bitmap-directory-unreadable';
  if (!claim(survey, spans, directoryOffset, directorySize, directoryOffset, code)) return;
  const tables = new Spans();
  for (const { tableOffset, tableEntries } of yield* readDirectory(survey, bitmaps)) {
    const bytes = tableEntries * 8;
    claim(survey, spans, tableOffset, bytes, tableOffset, 'bitmap-table-out-of-file');
    tables.add(tableOffset, tableOffset + bytes);
  }
  yield* readPieces(survey, tables.pieces(), (view, at, length, depth) => {
    countEntries(survey, view, at, length, depth);
  });
}

function* readDirectory(survey: Survey, bitmaps: BitmapsExtension): Steps<BitmapDirectoryEntry[]> {
  const { file, geometry, limits, findings } = survey;
  const { clusterSize, virtualSize } = geometry;
  const { directoryOffset: offset, directorySize, count } = bitmaps;
  const bytes = new Uint8Array(directorySize);
  yield* wait(readPadded(file, bytes, offset));
  try {
    const rules = { clusterSize, virtualSize, limits, offset, repair: true };
    return parseBitmapDirectory(bytes, count, rules);
  } catch (error) {
    if (!isImageError(error)) throw error;
    const at = error.offset ?? offset;
    findings.add('bitmap-directory-unreadable', at, error.message, 'a bitmap directory');
    return [];
  }
}

function countEntries(
  survey: Survey,
  view: DataView,
  at: number,
  length: number,
  depth: number,
): void {
  const { geometry, counts, findings, clusters } = survey;
  for (let i = 0; i + 8 <= length; i += 8) {
    const hi = view.getUint32(i);
    const lo = view.getUint32(i + 4);
    if (hi === 0 && lo <= 1) continue;
    let index = -1;
    try {
      const entry = decodeBitmapTableEntry(hi, lo, geometry, at + i);
      index = entry.kind === 'data' ? entry.offset / geometry.clusterSize : 0;
    } catch (error) {
      if (!isImageError(error)) throw error;
    }
    if (index > 0 && index < clusters) counts.add(index, depth, 0);
    else findings.entry('bitmap-entry-invalid', at + i, hi, lo, 'a cluster of the file');
  }
}
