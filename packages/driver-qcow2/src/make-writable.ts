import { ImageError, wait, run, type Steps } from '@q/block';
import { TableCache } from '@q/cache';
import { setAssoc } from '@q/cache-set-assoc';
import { extensionOf, INCOMPATIBLE_CORRUPT } from '@q/format';
import { readRefcountTable, Refcounts } from '@q/refcount';
import type { Qcow2OpenOptions } from './options.ts';
import type { State } from './state.ts';

/**
 * Gets an image ready for writing: refcounts, and a map of its metadata.
 * @throws ImageError `corrupt` for an image that is marked corrupt
 */
export async function makeWritable(state: State, options: Qcow2OpenOptions): Promise<void> {
  const { file, geometry, cluster, metadata, l2 } = state;
  const { header } = cluster;
  if (file.readOnly) {
    throw new ImageError('read-only', 'The file of the image is open for reading only.');
  }
  if ((state.flags.incompatible & INCOMPATIBLE_CORRUPT) !== 0n) {
    throw new ImageError(
      'corrupt',
      "The image is marked corrupt. Repair it, or open it for reading (option 'readOnly').",
      { offset: 72, subject: 'incompatible_features', found: state.flags.incompatible },
    );
  }
  const { refcountTableOffset, refcountTableClusters } = header;
  const table = await readRefcountTable(file, geometry, refcountTableOffset, refcountTableClusters);
  const cache = new TableCache({
    device: file,
    tableSize: geometry.clusterSize,
    strategy: options.refcountCache ?? setAssoc({ tables: 16, ways: 4 }),
    name: 'refcount',
  });
  state.refcounts = new Refcounts({
    file,
    geometry,
    table,
    cache,
    tableMoved: (offset, clusters) => run(moveTable(state, offset, clusters)),
    metadataAt: (offset, bytes) => metadata.add(offset, bytes),
    freed: (first, count) => {
      state.position.freed(first, count);
      for (let at = first; at < first + count; at++) {
        if (metadata.overlap(at, 1) < 0) continue;
        metadata.remove(at, 1);
        state.drops.add(l2.dropRange(at * geometry.clusterSize, geometry.clusterSize));
        state.drops.add(cache.drop(at * geometry.clusterSize));
      }
    },
  });
  mapMetadata(state, table.blocks);
}

/** Writes the refcount table's new place into the header, durably: 12 bytes at 48. */
function* moveTable(state: State, offset: number, clusters: number): Steps<void> {
  const bytes = new Uint8Array(12);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(offset));
  view.setUint32(8, clusters);
  yield* wait(state.file.write(bytes, 48));
  yield* wait(state.file.flush());
}

/** Where metadata lies, so that data never goes there. Tables of snapshots are known by their L1 tables only. */
function mapMetadata(state: State, blocks: Float64Array): void {
  const { metadata, geometry, cluster, l1, snapshots } = state;
  const { header } = cluster;
  const { clusterSize } = geometry;
  metadata.add(0, clusterSize);
  metadata.add(l1.offset, l1.entries * 8);
  metadata.add(header.refcountTableOffset, header.refcountTableClusters * clusterSize);
  for (const block of blocks) if (block > 0) metadata.add(block, clusterSize);
  for (const table of l1.tables) if (table > 0) metadata.add(table, clusterSize);
  metadata.add(snapshots.offset, snapshots.bytes);
  for (const { l1TableOffset, l1Size } of snapshots.list) metadata.add(l1TableOffset, l1Size * 8);
  const bitmaps = extensionOf(cluster, 'bitmaps');
  if (bitmaps !== undefined) metadata.add(bitmaps.directoryOffset, bitmaps.directorySize);
  const luks = extensionOf(cluster, 'luks');
  if (luks !== undefined) metadata.add(luks.offset, luks.length);
}
