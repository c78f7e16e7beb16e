import { isImageError, readPadded, wait, type Steps } from '@q/block';
import { parseSnapshotTable, snapshotTableBytes, type Snapshot } from '@q/format';
import type { Survey } from './survey.ts';

/** An entry of the snapshot table, readable or not. */
export interface SnapshotEntry {
  /** Where it stands in the file, bytes. */
  readonly offset: number;
  /** Its bytes, as they are. */
  readonly bytes: Uint8Array;
  /** Undefined when it cannot be read. */
  readonly snapshot: Snapshot | undefined;
}

/** The snapshot table, entry by entry, so that one damaged entry does not take the others with it. */
export interface SnapshotEntries {
  readonly entries: readonly SnapshotEntry[];
  /** Bytes the table takes, as far as it could be read. */
  readonly bytes: number;
}

/** Reads the snapshot table; what is wrong with it goes to the findings. */
export function* readSnapshotEntries(survey: Survey): Steps<SnapshotEntries> {
  const { file, limits, cluster, findings } = survey;
  const { snapshotCount: count, snapshotsOffset: start } = cluster.header;
  if (count === 0) return { entries: [], bytes: 0 };
  const most = Math.max(0, Math.min(limits.snapshotTableBytes, file.size - start));
  let table = new Uint8Array(0);
  for (let wanted = Math.min(65536, most); table.length < wanted;) {
    table = new Uint8Array(wanted);
    yield* wait(readPadded(file, table, start));
    const length = snapshotTableBytes(table, count);
    wanted = Math.min(most, length > table.length ? Math.max(length, table.length * 2) : 0);
  }
  const entries: SnapshotEntry[] = [];
  let end = 0;
  for (let i = 0; i < count; i++) {
    const at = Math.ceil(end / 8) * 8;
    const rest = table.subarray(at);
    const length = snapshotTableBytes(rest, 1);
    if (length > rest.length) {
      findings.add('snapshot-table-out-of-file', start + at, count, `${i} snapshots`);
      break;
    }
    end = at + length;
    const bytes = rest.subarray(0, length);
    entries.push({ offset: start + at, bytes, snapshot: parse(survey, bytes, start + at) });
  }
  return { entries, bytes: end };
}

function parse(survey: Survey, bytes: Uint8Array, offset: number): Snapshot | undefined {
  const { limits, geometry, findings } = survey;
  const { clusterSize } = geometry;
  try {
    // Where its L1 table is outside of the file is a finding of its own.
    return parseSnapshotTable(bytes, 1, { clusterSize, limits, offset, repair: true })[0];
  } catch (error) {
    if (!isImageError(error)) throw error;
    findings.add('snapshot-unreadable', error.offset ?? offset, error.message, 'a snapshot');
    return undefined;
  }
}
