// Changing what an image is, while it is open. Each change is there as a whole after a power cut, or not at all: what the new header says is true before it is written.
import { ImageError, wait, type Steps } from '@q/block';
import {
  COMPATIBLE_LAZY_REFCOUNTS,
  extensionOf,
  featuresOf,
  geometryOf,
  HEADER_V3_BYTES,
  KNOWN_FEATURES,
  type Header,
  type HeaderCluster,
  type HeaderExtension,
} from '@q/format';
import { expandZeroes } from './amend-zeroes.ts';
import { writeHeaderCluster } from './amend-header.ts';
import { Claims } from './snapshot/claims.ts';
import { drained } from './snapshot/drained.ts';
import { exclusively } from './snapshot/exclusive.ts';
import { freeTable } from './snapshot/free-table.ts';
import { placeTable, switchTable } from './snapshot/place-table.ts';
import type { State } from './state.ts';

/** What is to change; what is not given stays. */
export interface Qcow2AmendOptions {
  /** Version 2 has no feature bits, no zero flags, and refcounts of 16 bits only. */
  readonly version?: 2 | 3;
  /** Write refcounts when the image is closed; after a crash they are rebuilt. Version 3. */
  readonly lazyRefcounts?: boolean;
  /** The backing file's name and format; null for none. Nothing of the disk is looked at: whoever says this knows that the new file has the same bytes. */
  readonly backing?: { readonly name: string; readonly format: string } | null;
}

/** Changes the image, durably, with nothing else in flight. */
export async function amend(state: State, options: Qcow2AmendOptions): Promise<void> {
  const { version, lazyRefcounts } = options;
  if (version !== undefined && version !== 2 && version !== 3) {
    throw new RangeError(`version must be 2 or 3, not ${String(version)}`);
  }
  if (lazyRefcounts === true && (version ?? state.geometry.version) === 2) {
    throw new RangeError('lazyRefcounts needs version 3');
  }
  await exclusively(state, () => amendSteps(state, options));
}

function* amendSteps(state: State, options: Qcow2AmendOptions): Steps<void> {
  const from = state.geometry.version;
  const to = options.version ?? from;
  if (options.backing != null && state.rawDataFile) {
    throw new RangeError('a raw data file and a backing file exclude each other');
  }
  if (from === 3 && to === 2) {
    refuseDowngrade(state);
    yield* expandZeroes(state);
  }
  if (from === 2 && to === 3) yield* completeSnapshots(state);
  const lazyRefcounts = to === 3 && (options.lazyRefcounts ?? state.lazyRefcounts);
  const header = headerOf(state, to, lazyRefcounts);
  const backing = options.backing;
  yield* writeHeaderCluster(state, {
    header,
    extensions: extensionsOf(state.cluster, to, from, backing),
    backingFile: backing === undefined ? state.cluster.backingFile : backing?.name,
  });
  yield* drained(state, () => {
    state.geometry = geometryOf(state.cluster.header);
    state.lazyRefcounts = lazyRefcounts;
    state.flags.incompatible = featuresOf(state.cluster.header, 'incompatible');
    state.flags.autoclear = featuresOf(state.cluster.header, 'autoclear');
  });
}

function refuseDowngrade(state: State): void {
  const { flags, geometry, snapshots, cluster } = state;
  const sizes = snapshots.list.some(
    ({ diskSize }) => diskSize !== undefined && diskSize !== state.size,
  );
  const why =
    geometry.refcountBits !== 16
      ? `refcounts of ${geometry.refcountBits} bits`
      : flags.incompatible !== 0n
        ? `features that version 2 does not know (${flags.incompatible.toString(2)})`
        : sizes
          ? 'snapshots of disks of other sizes'
          : extensionOf(cluster, 'bitmaps') !== undefined
            ? 'persistent bitmaps'
            : cluster.header.cryptMethod === 2
              ? 'LUKS encryption'
              : undefined;
  if (why === undefined) return;
  throw new ImageError('unsupported', `The image has ${why}, and cannot be of version 2.`, {
    subject: 'version',
  });
}

/** In version 3 each snapshot says how large its disk is. */
function* completeSnapshots(state: State): Steps<void> {
  const old = state.snapshots;
  if (old.list.every(({ diskSize }) => diskSize !== undefined)) return;
  const list = old.list.map((one) => ({ ...one, diskSize: one.diskSize ?? state.size }));
  const claims = new Claims(state);
  try {
    const table = yield* placeTable(state, list, claims);
    yield* wait(state.refcounts.write());
    yield* wait(state.file.flush());
    yield* switchTable(state, table);
  } catch (error) {
    yield* claims.abandon();
    throw error;
  }
  yield* freeTable(state, old);
}

/** The header as it is on disk now, of another version. */
function headerOf(state: State, version: 2 | 3, lazyRefcounts: boolean): Header {
  const { header: old } = state.cluster;
  const { table } = state.refcounts;
  const common = {
    backingFileOffset: 0,
    backingFileSize: 0,
    clusterBits: old.clusterBits,
    size: old.size,
    cryptMethod: old.cryptMethod,
    l1Size: old.l1Size,
    l1TableOffset: old.l1TableOffset,
    refcountTableOffset: table.offset,
    refcountTableClusters: table.clusters,
    snapshotCount: old.snapshotCount,
    snapshotsOffset: old.snapshotsOffset,
  };
  if (version === 2) return { version, ...common };
  const compatible = featuresOf(old, 'compatible') & ~COMPATIBLE_LAZY_REFCOUNTS;
  return {
    version,
    ...common,
    incompatibleFeatures: state.flags.incompatible,
    compatibleFeatures: compatible | (lazyRefcounts ? COMPATIBLE_LAZY_REFCOUNTS : 0n),
    autoclearFeatures: state.flags.autoclear,
    refcountOrder: old.version === 3 ? old.refcountOrder : 4,
    headerLength: old.version === 3 ? old.headerLength : HEADER_V3_BYTES,
    compressionType: old.version === 3 ? old.compressionType : 0,
    unknownFields: old.version === 3 ? old.unknownFields : new Uint8Array(7),
  };
}

/** Names of feature bits come and go with the version; the format of the backing file stands first. */
function extensionsOf(
  cluster: HeaderCluster,
  to: 2 | 3,
  from: 2 | 3,
  backing: Qcow2AmendOptions['backing'],
): HeaderExtension[] {
  let list = [...cluster.extensions];
  if (to === 2 || from === 2) list = list.filter(({ kind }) => kind !== 'feature-names');
  if (to === 3 && from === 2 && cluster.header.clusterBits > 12) {
    list.push({ kind: 'feature-names', names: KNOWN_FEATURES });
  }
  if (backing === undefined) return list;
  list = list.filter(({ kind }) => kind !== 'backing-format');
  return backing === null ? list : [{ kind: 'backing-format', format: backing.format }, ...list];
}
