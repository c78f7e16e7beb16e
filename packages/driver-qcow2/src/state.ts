import type { BlockDevice } from '@q/block';
import type { TableCache } from '@q/cache';
import type { Codec } from '@q/codec';
import { InFlight, Lock, type InFlightOptions } from '@q/cow';
import {
  featuresOf,
  type FormatLimits,
  type Geometry,
  type HeaderCluster,
  type HeaderPatchKind,
  type L2Slices,
} from '@q/format';
import { AUTOCLEAR_RAW_DATA_FILE, COMPATIBLE_LAZY_REFCOUNTS } from '@q/format';
import { TALLY_CLUSTERS, type Refcounts } from '@q/refcount';
import { CompressedPosition } from './compressed-position.ts';
import { InflatedCluster } from './compressed-read.ts';
import type { CowTag } from './cow-source.ts';
import type { Encryption } from './encryption/encryption.ts';
import { Drops } from './drops.ts';
import { fillHoles } from './fill.ts';
import { Frees } from './frees.ts';
import type { L1Table } from './l1-table.ts';
import { link } from './link.ts';
import { MetadataMap } from './metadata.ts';
import { Requests } from './requests.ts';
import type { SnapshotTable } from './snapshot/table.ts';
import { cancel } from './take-clusters.ts';

/** The parts a state is put together from. */
export interface StateParts {
  readonly file: BlockDevice;
  readonly data: BlockDevice;
  readonly backing: BlockDevice | undefined;
  readonly cluster: HeaderCluster;
  readonly geometry: Geometry;
  readonly slices: L2Slices;
  readonly l1: L1Table;
  readonly l2: TableCache;
  readonly codec: Codec;
  readonly encryption: Encryption | undefined;
  readonly size: number;
  readonly snapshots: SnapshotTable;
  readonly limits: FormatLimits;
  /** How allocations in flight behave. */
  readonly inFlight: Omit<InFlightOptions, 'clusterSize' | 'granule'>;
}

/** What copying has cost. Bytes. */
export interface CowTraffic {
  /** Old bytes read, to be copied. */
  bytesRead: number;
  /** Copied bytes written. */
  bytesWritten: number;
}

/** Everything an open image knows. The verbs (read, extents, ...) are functions over it. */
export class State {
  /** The image file. */
  readonly file: BlockDevice;
  /** Where guest data lies: the image file, or the external data file. */
  readonly data: BlockDevice;
  /** What lies below. */
  readonly backing: BlockDevice | undefined;
  /** The header cluster as it is on disk, but for the feature bits: see `flags`. Another object after each change. */
  cluster: HeaderCluster;
  /** Always that of the header. */
  geometry: Geometry;
  readonly slices: L2Slices;
  /** The active L1 table; another object after it has moved. */
  l1: L1Table;
  /** L2 slices. */
  readonly l2: TableCache;
  readonly codec: Codec;
  /** How the guest's data is encrypted; compressed clusters never are. */
  readonly encryption: Encryption | undefined;
  /** Bytes the guest sees. Changes only under the image lock with nothing in flight. */
  size: number;
  /** As in the geometry: the hot path reads it here. */
  readonly clusterSize: number;
  /** The internal snapshots; another object after each change. */
  snapshots: SnapshotTable;
  /** The largest structures that are accepted, and written. */
  readonly limits: FormatLimits;
  /** New reads wait for this, while a change waits for those under way. */
  pause: Promise<void> | undefined;
  /** Most host clusters whose refcounts are changed together when a tree gains or loses a user. */
  tallyClusters = TALLY_CLUSTERS;
  readonly inflated = new InflatedCluster();
  readonly requests = new Requests();
  /** Held while mappings are planned or changed. */
  readonly lock = new Lock();
  readonly inFlight: InFlight<CowTag>;
  readonly frees = new Frees();
  readonly metadata: MetadataMap;
  /** Where the next compressed stream goes. */
  readonly position: CompressedPosition;
  readonly cow: CowTraffic = { bytesRead: 0, bytesWritten: 0 };
  /** Tables of freed clusters that the device was just writing. */
  readonly drops = new Drops();
  /** L1 entries that are newer in memory. */
  readonly dirtyL1 = new Set<number>();
  /** Fields of the header that a failed change has left uncertain on disk. */
  readonly headerDoubts = new Set<HeaderPatchKind>();
  /** Feature bits as they are on disk. */
  readonly flags: { incompatible: bigint; autoclear: bigint };
  /** Counts may be stale on disk while the dirty bit is set. */
  lazyRefcounts: boolean;
  /** The external data file is to be a raw image of the disk by itself. */
  readonly rawDataFile: boolean;
  /** Reads and writes need more than the plain path knows: extended L2 entries, encryption. */
  readonly special: boolean;
  /** The header has been made ready for writes. */
  prepared = false;
  /** Damage was found while writing: no more writes. */
  corrupt = false;
  private counts: Refcounts | undefined;

  constructor(parts: StateParts) {
    this.file = parts.file;
    this.data = parts.data;
    this.backing = parts.backing;
    this.cluster = parts.cluster;
    this.geometry = parts.geometry;
    this.slices = parts.slices;
    this.l1 = parts.l1;
    this.l2 = parts.l2;
    this.codec = parts.codec;
    this.encryption = parts.encryption;
    this.size = parts.size;
    this.snapshots = parts.snapshots;
    this.limits = parts.limits;
    const { clusterSize, subclusterSize } = parts.geometry;
    const { header } = parts.cluster;
    this.clusterSize = clusterSize;
    this.metadata = new MetadataMap(clusterSize);
    this.position = new CompressedPosition(clusterSize);
    this.flags = {
      incompatible: featuresOf(header, 'incompatible'),
      autoclear: featuresOf(header, 'autoclear'),
    };
    this.lazyRefcounts = (featuresOf(header, 'compatible') & COMPATIBLE_LAZY_REFCOUNTS) !== 0n;
    this.rawDataFile = (this.flags.autoclear & AUTOCLEAR_RAW_DATA_FILE) !== 0n;
    this.special = parts.geometry.extendedL2 || parts.encryption !== undefined;
    this.inFlight = new InFlight<CowTag>(
      {
        fill: (allocation, holes) => fillHoles(this, allocation, holes),
        link: (allocation) => link(this, allocation),
        cancel: (allocation) => cancel(this, allocation),
      },
      { ...parts.inFlight, clusterSize, granule: subclusterSize },
    );
  }

  /** The refcounts of an image that is open for writing. */
  get refcounts(): Refcounts {
    if (this.counts === undefined) throw new TypeError('The image is open for reading only.');
    return this.counts;
  }

  set refcounts(refcounts: Refcounts) {
    this.counts = refcounts;
  }

  /** Whether the image is open for writing. */
  get writable(): boolean {
    return this.counts !== undefined;
  }

  /** Host offset of the L2 table that maps guest offset `at`; 0 = none. Throws `corrupt` for one that cannot be. */
  tableOf(at: number): number {
    const index = Math.floor(at / this.geometry.l1Span);
    const table = this.l1.tables[index]!;
    if (table < 0) this.l1.reject(index);
    return table;
  }

  /** Host offset of the slice of `table` that maps guest offset `at`. */
  sliceOffset(table: number, at: number): number {
    const slice = Math.floor(at / this.slices.span);
    return table + (slice % this.slices.perTable) * this.slices.bytes;
  }

  /** The guest offset behind the slice that maps `at`. */
  sliceEnd(at: number): number {
    return (Math.floor(at / this.slices.span) + 1) * this.slices.span;
  }

  /** The guest offset behind the L2 table that maps `at`. */
  l1End(at: number): number {
    return (Math.floor(at / this.geometry.l1Span) + 1) * this.geometry.l1Span;
  }

  /** Where the L2 entry of guest offset `at` stands in the file, for errors. */
  entryOffset(at: number): number {
    const { l1Span, l2EntrySize } = this.geometry;
    const table = this.l1.tables[Math.floor(at / l1Span)] ?? 0;
    return table + Math.floor((at % l1Span) / this.clusterSize) * l2EntrySize;
  }
}
