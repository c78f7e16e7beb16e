import { readPadded, wait, type BlockDevice, type Steps } from '@q/block';
import {
  featuresOf,
  geometryOf,
  headerClusterBytes,
  INCOMPATIBLE_CORRUPT,
  INCOMPATIBLE_DIRTY,
  parseHeaderCluster,
  type FormatLimits,
  type Geometry,
  type HeaderCluster,
} from '@q/format';
import { countMetadata } from './count-metadata.ts';
import { countTables } from './count-tables.ts';
import { compareCounts } from './compare-counts.ts';
import { compareFlags } from './compare-flags.ts';
import { Counts } from './counts.ts';
import { Findings } from './findings.ts';
import { findOverlaps } from './find-overlaps.ts';
import { Progress } from './progress.ts';
import { ActiveL1, countL1Tables } from './count-l1-tables.ts';
import { RefcountBlocks } from './refcount-blocks.ts';
import type { SnapshotEntry } from './snapshot-entries.ts';
import type { Piece } from './spans.ts';

/** How a survey is made. */
export interface SurveyOptions {
  readonly limits: FormatLimits;
  /** Findings to keep. */
  readonly findings: number;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** All that one walk over an image has found. */
export class Survey {
  readonly file: BlockDevice;
  readonly limits: FormatLimits;
  readonly cluster: HeaderCluster;
  readonly geometry: Geometry;
  /** Host clusters of the file; the last one may be cut. */
  readonly clusters: number;
  readonly findings: Findings;
  readonly progress: Progress;
  /** How often each host cluster is named. */
  readonly counts: Counts;
  /** How often each host cluster is named as an L2 table. */
  readonly tables: Counts;
  /** The clusters that are L2 tables, ascending. */
  l2Tables: number[] = [];
  /** Those of them that have entries which no image may have. */
  readonly damagedTables: number[] = [];
  /** Where L1 entries stand, bytes, that no image may have. */
  readonly damagedL1Entries: number[] = [];
  /** Metadata that nothing else may share, in clusters; without the L1 tables of snapshots. */
  metadata: readonly Piece[] = [];
  /** The L1 tables of snapshots, in clusters; nothing else may share them either. */
  snapshotL1s: readonly Piece[] = [];
  snapshots: readonly SnapshotEntry[] = [];
  readonly l1: ActiveL1;
  readonly blocks: RefcountBlocks;
  /** Parts of the image that the host could not read. */
  checkErrors = 0;
  /** Among them such that name clusters. */
  unreadableTables = false;
  /** Flags that contradict the stored refcounts, in clusters. */
  wrongFlags = 0;
  allocated = 0;
  compressed = 0;
  fragmented = 0;
  /** The last host cluster that is in use or counted; -1 = none. */
  lastUsed = -1;

  constructor(file: BlockDevice, cluster: HeaderCluster, options: SurveyOptions) {
    this.file = file;
    this.cluster = cluster;
    this.limits = options.limits;
    this.geometry = geometryOf(cluster.header);
    this.clusters = Math.ceil(file.size / this.geometry.clusterSize);
    this.findings = new Findings(options.findings);
    this.progress = new Progress(options.onProgress);
    this.counts = new Counts(this.clusters);
    this.tables = new Counts(this.clusters);
    this.l1 = new ActiveL1();
    this.blocks = new RefcountBlocks();
  }

  /**
   * Whether bytes up to `end` are too far outside of the file: by a cluster or more. (The last cluster of a file may be cut, and a
   * compressed stream's length is rounded up to sectors.)
   */
  isOutside(end: number): boolean {
    return end - this.file.size >= this.geometry.clusterSize;
  }

  /** Something could not be read. `namesClusters`: it is no refcount block. */
  unreadable(offset: number, namesClusters: boolean): void {
    this.checkErrors++;
    if (namesClusters) this.unreadableTables = true;
    this.findings.add('unreadable', offset, 'nothing', 'a readable table');
  }
}

/** Reads the header cluster, with whatever a repair can do something about. @throws ImageError */
export function* readHeader(file: BlockDevice, limits: FormatLimits): Steps<HeaderCluster> {
  const head = new Uint8Array(24);
  yield* wait(readPadded(file, head, 0));
  const bytes = new Uint8Array(Math.min(headerClusterBytes(head), Math.max(file.size, 72)));
  yield* wait(readPadded(file, bytes, 0));
  return parseHeaderCluster(bytes, { limits, fileSize: file.size, repair: true });
}

/**
 * Walks an image: counts what names each cluster, and compares with the refcounts and flags that it stores.
 * @throws ImageError for a header that cannot be parsed, and a file that is too long (`limit`)
 */
export function* survey(file: BlockDevice, options: SurveyOptions): Steps<Survey> {
  const cluster = yield* readHeader(file, options.limits);
  const result = new Survey(file, cluster, options);
  const features = featuresOf(cluster.header, 'incompatible');
  const { findings } = result;
  if ((features & INCOMPATIBLE_DIRTY) !== 0n) findings.add('dirty', 72, 'set', 'clear');
  if ((features & INCOMPATIBLE_CORRUPT) !== 0n) findings.add('marked-corrupt', 72, 'set', 'clear');
  yield* countMetadata(result);
  yield* countL1Tables(result);
  yield* countTables(result);
  yield* compareCounts(result);
  yield* compareFlags(result);
  findOverlaps(result);
  return result;
}
