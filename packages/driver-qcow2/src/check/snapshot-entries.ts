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
  /** Bytes the table takes, up to the last entry that could be read. */
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
  let next = 0;
  for (let i = 0; i < count; i++) {
    const rest = table.subarray(next);
    const length = snapshotTableBytes(rest, 1);
    // Every snapshot has an id: what has none is not of the table any more.
    if (length > rest.length || new DataView(rest.buffer, next).getUint16(12) === 0) {
      findings.add('snapshot-table-short', 60, count, i);
      break;
    }
    const bytes = rest.subarray(0, length);
    const snapshot = parse(survey, bytes, start + next);
    entries.push({ offset: start + next, bytes, snapshot });
    if (snapshot !== undefined) end = next + length;
    next += Math.ceil(length / 8) * 8;
  }
  return { entries, bytes: end };
}

function parse(survey: Survey, bytes: Uint8Array, offset: number): Snapshot | undefined {
  const { limits, geometry, findings, file } = survey;
  const { clusterSize } = geometry;
  try {
    const rules = { clusterSize, limits, offset, repair: true };
    const snapshot = parseSnapshotTable(bytes, 1, rules)[0]!;
    // An L1 table that the end of the file cuts is a finding of its own.
    if (snapshot.l1Size === 0 || snapshot.l1TableOffset < file.size) return snapshot;
    findings.add('snapshot-unreadable', offset, snapshot.l1TableOffset, `below ${file.size}`);
  } catch (error) {
    if (!isImageError(error)) throw error;
    findings.add('snapshot-unreadable', error.offset ?? offset, error.message, 'a snapshot');
  }
  return undefined;
}
