import { readPadded, type BlockDevice } from '@q/block';
import {
  parseSnapshotTable,
  snapshotTableBytes,
  type FormatLimits,
  type HeaderCluster,
  type Snapshot,
} from '@q/format';

/** The snapshot table of an image. */
export interface SnapshotTable {
  readonly list: readonly Snapshot[];
  /** Where it is in the file, bytes; 0 without snapshots. */
  readonly offset: number;
  /** Bytes it takes in the file. */
  readonly bytes: number;
}

/** Reads the internal snapshots of an image, in the order of its table. */
export async function readSnapshots(
  file: BlockDevice,
  cluster: HeaderCluster,
  limits: FormatLimits,
): Promise<SnapshotTable> {
  const { snapshotCount, snapshotsOffset, clusterBits } = cluster.header;
  if (snapshotCount === 0) return { list: [], offset: 0, bytes: 0 };
  const clusterSize = 2 ** clusterBits;
  // The table says its length entry by entry: read more until all of it is there. Nothing is read past the end of the file.
  const most = Math.min(limits.snapshotTableBytes, Math.max(0, file.size - snapshotsOffset));
  let bytes = new Uint8Array(0);
  for (let wanted = Math.min(clusterSize, most); bytes.length < wanted;) {
    bytes = new Uint8Array(wanted);
    await readPadded(file, bytes, snapshotsOffset);
    const length = snapshotTableBytes(bytes, snapshotCount);
    wanted = Math.min(most, Math.max(length, length > bytes.length ? bytes.length * 2 : 0));
  }
  const list = parseSnapshotTable(bytes, snapshotCount, {
    clusterSize,
    limits,
    fileSize: file.size,
    offset: snapshotsOffset,
  });
  const length = Math.min(bytes.length, snapshotTableBytes(bytes, snapshotCount));
  return { list, offset: snapshotsOffset, bytes: length };
}

/** The snapshot with that id or, when no id matches, that name. @throws RangeError when there is none */
export function findSnapshot(snapshots: readonly Snapshot[], wanted: string): Snapshot {
  const found =
    snapshots.find(({ id }) => id === wanted) ?? snapshots.find(({ name }) => name === wanted);
  if (found === undefined) {
    const known = snapshots.map(({ id, name }) => `${id} (${JSON.stringify(name)})`).join(', ');
    throw new RangeError(
      `there is no snapshot ${JSON.stringify(wanted)}; the image has ${known === '' ? 'none' : known}`,
    );
  }
  return found;
}
