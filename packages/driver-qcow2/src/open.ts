import { ImageError, type BlockDevice, type MaybePromise } from '@q/block';
import { TableCache, type CacheStrategy } from '@q/cache';
import { setAssoc } from '@q/cache-set-assoc';
import { codecs } from '@q/codec';
import {
  extensionOf,
  featuresOf,
  geometryOf,
  INCOMPATIBLE_CORRUPT,
  INCOMPATIBLE_DIRTY,
  l2SlicesOf,
  withDefaultLimits,
  type FormatLimits,
  type Geometry,
  type HeaderCluster,
} from '@q/format';
import type { Encryption } from './encryption/encryption.ts';
import { unlock } from './encryption/unlock.ts';
import { rebuildRefcounts } from './check/recount.ts';
import { Qcow2Image } from './image.ts';
import { readL1Table } from './l1-table.ts';
import {
  L2_CACHE_DEFAULT_BYTES,
  L2_SLICE_DEFAULT_BYTES,
  type Qcow2OpenOptions,
} from './options.ts';
import { readHeader } from './read-header.ts';
import { refuse } from './references.ts';
import { findSnapshot, readSnapshots } from './snapshot/table.ts';
import { State } from './state.ts';
import { makeWritable } from './make-writable.ts';

/**
 * Opens the QCOW2 image in `file`.
 *
 * @throws ImageError `not-this-format`, `corrupt`, `unsupported`, `limit`; `refused` when the image names another file and no gate opens it, or is encrypted and the
 * passphrase is missing or wrong
 */
export async function open(file: BlockDevice, options: Qcow2OpenOptions = {}): Promise<Qcow2Image> {
  return await openWith(file, options, (cluster, limits) =>
    unlock(file, cluster, options.passphrase, limits),
  );
}

/** {@link open} with another way to get the cipher of an encrypted image. */
export async function openWith(
  file: BlockDevice,
  options: Qcow2OpenOptions,
  unlockWith: (
    cluster: HeaderCluster,
    limits: FormatLimits,
  ) => MaybePromise<Encryption | undefined>,
): Promise<Qcow2Image> {
  const limits = withDefaultLimits(options.limits);
  const readOnly = options.snapshot !== undefined || (options.readOnly ?? file.readOnly);
  const cluster = await readSettledHeader(file, readOnly, limits);
  const { header } = cluster;
  const geometry = geometryOf(header);
  let place = { offset: header.l1TableOffset, entries: header.l1Size, size: geometry.virtualSize };
  const snapshots = await readSnapshots(file, cluster, limits);
  if (options.snapshot !== undefined) {
    const snapshot = findSnapshot(snapshots.list, options.snapshot);
    const size = snapshot.diskSize ?? geometry.virtualSize;
    place = { offset: snapshot.l1TableOffset, entries: snapshot.l1Size, size };
    if (place.entries * geometry.l1Span < place.size) {
      throw new ImageError('corrupt', 'The L1 table of the snapshot does not cover its disk.', {
        subject: 'L1 table',
        expected: Math.ceil(size / geometry.l1Span),
        found: place.entries,
      });
    }
  }
  const l1 = await readL1Table(file, geometry, place.offset, place.entries);
  const { strategy, sliceBytes } = l2CacheFor(geometry, place.size, options);
  const slices = l2SlicesOf(geometry, sliceBytes);
  const l2 = new TableCache({ device: file, tableSize: sliceBytes, strategy, name: 'L2' });
  const encryption = await unlockWith(cluster, limits);
  const { data, backing } = await openReferences(file, cluster, geometry, options);
  const codecName = header.version === 3 && header.compressionType === 1 ? 'zstd' : 'deflate';
  const state = new State({
    file,
    data,
    backing,
    cluster,
    geometry,
    slices,
    l1,
    l2,
    codec: codecs[codecName],
    encryption,
    size: place.size,
    snapshots,
    limits,
    inFlight: options.takeOver === undefined ? {} : { takeOver: options.takeOver },
  });
  if (!readOnly) {
    try {
      await makeWritable(state, options);
    } catch (error) {
      if (data !== file) await data.close();
      await backing?.close();
      throw error;
    }
  }
  return new Qcow2Image(state);
}

/** Reads the header. When lazy refcounts were left stale, and the image is to be written, they are counted anew first. */
async function readSettledHeader(
  file: BlockDevice,
  readOnly: boolean,
  limits: FormatLimits,
): Promise<HeaderCluster> {
  const cluster = await readHeader(file, limits);
  const flags = featuresOf(cluster.header, 'incompatible');
  const stale = (flags & (INCOMPATIBLE_DIRTY | INCOMPATIBLE_CORRUPT)) === INCOMPATIBLE_DIRTY;
  if (readOnly || file.readOnly || !stale) return cluster;
  await rebuildRefcounts(file, limits);
  return await readHeader(file, limits);
}

/** The strategy and the slice size, by the caller's options or the defaults. */
function l2CacheFor(
  geometry: Geometry,
  size: number,
  options: Qcow2OpenOptions,
): { strategy: CacheStrategy; sliceBytes: number } {
  const { clusterSize } = geometry;
  const tables = Math.max(1, Math.ceil(size / geometry.l1Span));
  const small = Math.min(clusterSize, L2_SLICE_DEFAULT_BYTES);
  if (options.l2Cache !== undefined) {
    const covers = options.l2Cache.capacity >= tables;
    return {
      strategy: options.l2Cache,
      sliceBytes: options.l2EntrySize ?? (covers ? clusterSize : small),
    };
  }
  const covers = tables * clusterSize <= L2_CACHE_DEFAULT_BYTES;
  const sliceBytes = options.l2EntrySize ?? (covers ? clusterSize : small);
  const needed = Math.ceil(size / ((sliceBytes / geometry.l2EntrySize) * clusterSize));
  const slots = Math.min(needed, Math.floor(L2_CACHE_DEFAULT_BYTES / sliceBytes));
  return {
    strategy: setAssoc({ tables: Math.max(8, Math.ceil(slots / 8) * 8), ways: 8 }),
    sliceBytes,
  };
}

async function openReferences(
  file: BlockDevice,
  cluster: HeaderCluster,
  geometry: Geometry,
  options: Qcow2OpenOptions,
): Promise<{ data: BlockDevice; backing: BlockDevice | undefined }> {
  let data = file;
  if (geometry.hasDataFile) {
    const name = extensionOf(cluster, 'data-file')?.name ?? '';
    data = await (options.dataFile ?? refuse)({ role: 'data', name, format: 'raw' });
  }
  const name = cluster.backingFile;
  if (name === undefined) return { data, backing: undefined };
  try {
    const gate = options.backing ?? refuse;
    return {
      data,
      backing: await gate({
        role: 'backing',
        name,
        format: extensionOf(cluster, 'backing-format')?.format,
      }),
    };
  } catch (error) {
    if (data !== file) await data.close();
    throw error;
  }
}
