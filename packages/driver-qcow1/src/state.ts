import type { BlockDevice } from '@q/block';
import { TableCache, type CacheStrategy } from '@q/cache';
import type { Codec } from '@q/codec';
import { InFlight, Lock } from '@q/cow';
import { qcow1GeometryOf, type Qcow1Geometry, type Qcow1Header } from '@q/format/qcow1';
import type { Areas } from './areas.ts';
import { InflatedCluster } from './compressed-read.ts';
import type { CowTag } from './cow-source.ts';
import { fillHoles } from './fill.ts';
import type { L1Table } from './l1-table.ts';
import { L2Device, type L2Places } from './l2-device.ts';
import { link } from './link.ts';
import { Requests } from './requests.ts';
import type { SectorCipher } from './sector-cipher.ts';
import { Space } from './space.ts';

/** The parts a state is put together from. */
export interface StateParts {
  readonly file: BlockDevice;
  readonly backing: BlockDevice | undefined;
  readonly header: Qcow1Header;
  readonly backingFile: string | undefined;
  readonly l1: L1Table;
  readonly l2Strategy: CacheStrategy;
  readonly codec: Codec;
  readonly cipher: SectorCipher | undefined;
  readonly takeOver: boolean | undefined;
}

/** What copying has cost. Bytes. */
export interface CowTraffic {
  /** Old bytes read, to be copied. */
  bytesRead: number;
  /** Copied bytes written. */
  bytesWritten: number;
}

/** Everything an open image knows. The verbs (read, extents, ...) are functions over it. */
export class State implements L2Places {
  /** The image file. */
  readonly file: BlockDevice;
  /** What lies below. */
  readonly backing: BlockDevice | undefined;
  /** The name of what lies below, as the image has it. */
  readonly backingFile: string | undefined;
  /** As on disk. A resize replaces it, and the geometry with it. */
  header: Qcow1Header;
  geometry: Qcow1Geometry;
  /** Bytes the guest sees. */
  size: number;
  readonly clusterSize: number;
  readonly l2Bytes: number;
  l1: L1Table;
  /** L2 tables, by their L1 index. */
  readonly l2: TableCache;
  readonly codec: Codec;
  readonly cipher: SectorCipher | undefined;
  readonly inflated = new InflatedCluster();
  readonly requests = new Requests();
  /** Held while mappings are planned or changed. */
  readonly lock = new Lock();
  /** Held by every request to an encrypted image: one that writes a part of a sector has to read it first. */
  readonly sectorLock = new Lock();
  readonly resizeLock = new Lock();
  readonly inFlight: InFlight<CowTag>;
  readonly space: Space;
  readonly cow: CowTraffic = { bytesRead: 0, bytesWritten: 0 };
  /** L1 entries that are newer in memory. */
  readonly dirtyL1 = new Set<number>();
  private metadata: Areas | undefined;

  constructor(parts: StateParts) {
    this.file = parts.file;
    this.backing = parts.backing;
    this.backingFile = parts.backingFile;
    this.header = parts.header;
    this.geometry = qcow1GeometryOf(parts.header);
    this.size = this.geometry.virtualSize;
    this.clusterSize = this.geometry.clusterSize;
    this.l2Bytes = this.geometry.l2Bytes;
    this.l1 = parts.l1;
    this.codec = parts.codec;
    this.cipher = parts.cipher;
    this.space = new Space(parts.file, this.clusterSize);
    this.l2 = new TableCache({
      device: new L2Device(parts.file, this),
      tableSize: this.l2Bytes,
      strategy: parts.l2Strategy,
      name: 'L2',
    });
    const { clusterSize } = this;
    this.inFlight = new InFlight<CowTag>(
      {
        fill: (allocation, holes) => fillHoles(this, allocation, holes),
        link: (allocation) => link(this, allocation),
        cancel: ({ host, length }) => this.space.giveBack(host, length),
      },
      parts.takeOver === undefined ? { clusterSize } : { clusterSize, takeOver: parts.takeOver },
    );
  }

  /** Where metadata lies, of an image that is open for writing. */
  get areas(): Areas {
    if (this.metadata === undefined) throw new TypeError('The image is open for reading only.');
    return this.metadata;
  }

  set areas(areas: Areas) {
    this.metadata = areas;
  }

  /** Whether the image is open for writing. */
  get writable(): boolean {
    return this.metadata !== undefined;
  }

  /** The L1 entry that maps guest offset `at`. */
  l1IndexOf(at: number): number {
    return Math.floor(at / this.geometry.l1Span);
  }

  /** Host offset of the L2 table that maps guest offset `at`; 0 = none. Throws `corrupt` for one that cannot be. */
  tableOf(at: number): number {
    const index = this.l1IndexOf(at);
    const table = this.l1.tables[index];
    if (table === undefined) throw new RangeError('The disk has become smaller meanwhile.');
    if (table < 0) this.l1.reject(index);
    return table;
  }

  /** The guest offset behind the L2 table that maps `at`. */
  tableEnd(at: number): number {
    return (this.l1IndexOf(at) + 1) * this.geometry.l1Span;
  }

  /** Where in its L2 table the entry of guest offset `at` stands, bytes. */
  inTableOf(at: number): number {
    return Math.floor((at % this.geometry.l1Span) / this.clusterSize) * 8;
  }

  /** Where the L2 entry of guest offset `at` stands in the file, for errors. */
  entryOffset(at: number): number {
    return (this.l1.tables[this.l1IndexOf(at)] ?? 0) + this.inTableOf(at);
  }

  /** Whether nothing below has bytes from guest offset `at` on. */
  nothingBelow(at: number): boolean {
    return this.backing === undefined || this.backing.size <= at;
  }
}
