import type { BlockDevice } from '@q/block';
import type { TableCache } from '@q/cache';
import { InFlight, Lock } from '@q/cow';
import type { QedGeometry, QedHeaderArea } from '@q/qed';
import type { CowTag } from './cow-source.ts';
import { cancel, EndOfFile } from './end-of-file.ts';
import { fillHoles } from './fill.ts';
import type { L1Table } from './l1-table.ts';
import { link } from './link.ts';
import { Requests } from './requests.ts';
import type { L2Slices } from './slices.ts';
import { TablesMap } from './tables-map.ts';

/** The parts a state is put together from. */
export interface StateParts {
  readonly file: BlockDevice;
  readonly backing: BlockDevice | undefined;
  readonly area: QedHeaderArea;
  readonly geometry: QedGeometry;
  readonly slices: L2Slices;
  readonly l1: L1Table;
  readonly l2: TableCache;
  readonly writable: boolean;
  readonly takeOver: boolean;
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
  /** What lies below. */
  readonly backing: BlockDevice | undefined;
  /** The header and the backing file's name as they were read. */
  readonly area: QedHeaderArea;
  readonly geometry: QedGeometry;
  readonly slices: L2Slices;
  readonly l1: L1Table;
  /** L2 slices. */
  readonly l2: TableCache;
  readonly writable: boolean;
  /** As in the geometry: the hot path reads it here. */
  readonly clusterSize: number;
  readonly requests = new Requests();
  /** Held while mappings are planned or changed. */
  readonly lock = new Lock();
  readonly inFlight: InFlight<CowTag>;
  readonly end: EndOfFile;
  readonly tables: TablesMap;
  readonly cow: CowTraffic = { bytesRead: 0, bytesWritten: 0 };
  /** L1 entries that are newer in memory. */
  readonly dirtyL1 = new Set<number>();
  /** Bytes the guest sees. */
  size: number;
  /** Feature bits as they are on disk. */
  features: number;
  /** Autoclear bits as they are on disk. */
  autoclear: bigint;
  /** Tables have changed since the last flush. */
  changed = false;
  /** Flushes since then that had no tables to write. */
  quietFlushes = 0;
  /** An entry was found that no image may have: the mark that a check is needed stays. */
  damaged = false;

  constructor(parts: StateParts) {
    this.file = parts.file;
    this.backing = parts.backing;
    this.area = parts.area;
    this.geometry = parts.geometry;
    this.slices = parts.slices;
    this.l1 = parts.l1;
    this.l2 = parts.l2;
    this.writable = parts.writable;
    const { header } = parts.area;
    const { clusterSize } = parts.geometry;
    this.clusterSize = clusterSize;
    this.size = header.imageSize;
    this.features = header.features;
    this.autoclear = header.autoclearFeatures;
    this.end = new EndOfFile(parts.file, clusterSize);
    this.tables = new TablesMap(parts.l1, parts.geometry);
    this.inFlight = new InFlight<CowTag>(
      {
        fill: (allocation, holes) => fillHoles(this, allocation, holes),
        link: (allocation) => link(this, allocation),
        cancel: (allocation) => cancel(this, allocation),
      },
      { clusterSize, takeOver: parts.takeOver },
    );
  }

  /** Host offset of the L2 table that maps guest offset `at`; 0 = none. Throws `corrupt` for one that cannot be. */
  tableOf(at: number): number {
    const index = Math.floor(at / this.geometry.l2Span);
    const table = this.l1.tables[index]!;
    if (table < 0) {
      this.damaged = true;
      this.l1.reject(index);
    }
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
  tableEnd(at: number): number {
    return (Math.floor(at / this.geometry.l2Span) + 1) * this.geometry.l2Span;
  }

  /** Whether the backing device has bytes at guest offset `at` or behind it. */
  hasBelow(at: number): boolean {
    return this.backing !== undefined && this.backing.size > at;
  }
}
