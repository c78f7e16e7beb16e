import { run, wait, type BlockDevice, type MaybePromise, type Steps } from '@q/block';
import type { TableCache } from '@q/cache';
import { getRefcount, type Geometry } from '@q/format';
import { allocate, allocateUpTo } from './allocate.ts';
import { pinBlock } from './pin-block.ts';
import type { RefcountTable } from './table.ts';
import { adjust } from './adjust.ts';

/** A run of host clusters. */
export interface ClusterRange {
  /** Number of the first cluster: host offset / cluster size. */
  readonly first: number;
  readonly count: number;
}

/** What refcounts are made from. */
export interface RefcountsParts {
  /** The image file. */
  readonly file: BlockDevice;
  readonly geometry: Geometry;
  /** The table, as read from the file. */
  readonly table: RefcountTable;
  /** Holds the blocks: its tables have the cluster's size. */
  readonly cache: TableCache;
  /**
   * Writes the new place of the table into the header (12 bytes at 48, at once) and does not return before it is durable.
   * The new table and its blocks are durable when this is called.
   */
  readonly tableMoved: (offset: number, clusters: number) => MaybePromise<void>;
  /** Clusters whose count has just become 0: drop what is cached of them. */
  readonly freed?: (first: number, count: number) => void;
  /** New metadata (a refcount block, the table) that has just been made. */
  readonly metadataAt?: (offset: number, bytes: number) => void;
}

/**
 * The refcounts of an image: reading, bulk updates, allocation, growth. QCOW2 format, section "Host cluster management".
 *
 * Changes are made in the cache; `write` brings them to the file. The caller holds the image lock: two calls at a time would see each other's halves.
 * What must be durable before a count may go down is the caller's business (free after the mapping that named the cluster is gone from disk).
 */
export class Refcounts {
  readonly file: BlockDevice;
  readonly geometry: Geometry;
  readonly cache: TableCache;
  readonly parts: RefcountsParts;
  /** The table; another object after it has grown. */
  table: RefcountTable;
  /** No cluster below this one is free. */
  hint = 0;

  constructor(parts: RefcountsParts) {
    this.parts = parts;
    this.file = parts.file;
    this.geometry = parts.geometry;
    this.cache = parts.cache;
    this.table = parts.table;
  }

  /** The count of a host cluster. */
  read(cluster: number): MaybePromise<number> {
    return run(this.readSteps(cluster));
  }

  private *readSteps(cluster: number): Steps<number> {
    const { refcountsPerBlock, refcountOrder } = this.geometry;
    const index = Math.floor(cluster / refcountsPerBlock);
    const slot = yield* pinBlock(this, index);
    if (slot < 0) return 0;
    const count = getRefcount(this.cache.bytes(slot), refcountOrder, cluster % refcountsPerBlock);
    this.cache.unpin(slot);
    return count;
  }

  /**
   * Adds `delta` (1, -1, or any other integer) to the counts of all clusters of `ranges`, which may come in any order and overlap.
   * Each block is visited once for the check and once for the change. A count that would leave 0..max changes nothing at all.
   * @throws ImageError `limit` for a count above the width's maximum, `corrupt` for one below 0
   */
  adjust(ranges: readonly ClusterRange[], delta: number): MaybePromise<void> {
    return run(adjust(this, ranges, delta));
  }

  /** Takes `count` contiguous free clusters: their counts are 1. @returns the number of the first @throws ImageError `no-space` */
  allocate(count: number): MaybePromise<number> {
    return run(allocate(this, count));
  }

  /** Takes the first free cluster and those free behind it, at most `count`. */
  allocateUpTo(count: number): MaybePromise<ClusterRange> {
    return run(allocateUpTo(this, count));
  }

  /** Brings all changed blocks to the file; no flush. */
  write(): MaybePromise<void> {
    return run(wait(this.cache.write()));
  }
}
