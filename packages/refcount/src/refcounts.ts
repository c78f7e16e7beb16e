import { Gather, run, wait, type BlockDevice, type MaybePromise, type Steps } from '@q/block';
import type { TableCache } from '@q/cache';
import { getRefcount, type Geometry } from '@q/format';
import { adjust } from './adjust.ts';
import { adjustTally, checkTally } from './adjust-tally.ts';
import { allocate, allocateUpTo } from './allocate.ts';
import { dropBlock } from './drop-block.ts';
import { RangeChanges } from './range-changes.ts';
import { readCounts } from './read-counts.ts';
import { readOnes } from './read-ones.ts';
import { SortedChanges, type SortedClusters } from './sorted-changes.ts';
import type { RefcountTable } from './table.ts';
import type { Tally } from './tally.ts';
import { settle, Unsettled } from './unsettled.ts';

/** A run of host clusters. */
export interface ClusterRange {
  /** Number of the first cluster: host offset / cluster size. */
  readonly first: number;
  readonly count: number;
}

/** What refcounts are made from. */
export interface RefcountsParts {
  /** The image file. One that does not grow gives `no-space` for clusters past its end. */
  readonly file: BlockDevice;
  readonly geometry: Geometry;
  /** The table, as read from the file. */
  readonly table: RefcountTable;
  /** Holds the blocks: its tables have the cluster's size. */
  readonly cache: TableCache;
  /**
   * Writes the place of the table into the header (12 bytes at 48, at once) and does not return before it is durable. The table and its blocks
   * are durable when this is called. After it failed it is called again before anything else is changed, with the old place or the new one.
   */
  readonly tableMoved: (offset: number, clusters: number) => MaybePromise<void>;
  /**
   * Clusters whose count has just become 0, or that are about to get metadata: drop what is cached of them. They are not written before what this
   * returns has settled. Called in the middle of a change: it must not call back, throw or reject. When that change fails after all, clusters
   * may be counted again that this was told of.
   */
  readonly freed?: (first: number, count: number) => MaybePromise<void>;
  /** A refcount block, or the table, is in use at this host offset from now on. */
  readonly metadataAt?: (offset: number, bytes: number) => void;
}

/**
 * The refcounts of an image: reading, bulk updates, allocation, growth. QCOW2 format, section "Host cluster management".
 *
 * Changes are made in the cache; `write` brings them to the file. The caller holds the image lock: two calls at a time would see each other's halves.
 * A call that fails has changed nothing. What must be durable before a count may go down is the caller's business (free after the mapping that
 * named the cluster is gone from disk), and so is that counts that went up are durable before anything on disk names the cluster.
 */
export class Refcounts {
  readonly file: BlockDevice;
  readonly geometry: Geometry;
  readonly cache: TableCache;
  readonly parts: RefcountsParts;
  /** The table; another object after it has grown. */
  table: RefcountTable;
  /** No cluster below this one is free, but for those below 1. */
  hint = 1;
  /** @internal */
  readonly unsettled = new Unsettled();
  private drops = new Gather();

  constructor(parts: RefcountsParts) {
    this.parts = parts;
    this.file = parts.file;
    this.geometry = parts.geometry;
    this.cache = parts.cache;
    this.table = parts.table;
  }

  /** The count of a host cluster; 0 where nothing is counted. @throws ImageError `corrupt` for a damaged table entry */
  read(cluster: number): MaybePromise<number> {
    const { cache, geometry } = this;
    const { refcountsPerBlock, refcountOrder } = geometry;
    const index = Math.floor(cluster / refcountsPerBlock);
    if (this.unsettled.any) return run(this.readSteps(cluster));
    const block = this.table.blockAt(index);
    if (block === 0) return 0;
    const found = cache.lookup(block);
    const at = cluster - index * refcountsPerBlock;
    if (found >= 0) return getRefcount(cache.bytes(found), refcountOrder, at);
    const loaded = cache.load(block);
    const decode = (slot: number): number => {
      const count = getRefcount(cache.bytes(slot), refcountOrder, at);
      cache.unpin(slot);
      return count;
    };
    return loaded instanceof Promise ? loaded.then(decode) : decode(loaded);
  }

  private *readSteps(cluster: number): Steps<number> {
    yield* settle(this);
    return yield* wait(this.read(cluster));
  }

  /** Fills `into` with the counts of the clusters from `first` on, one pass over each block. A `Uint32Array` holds counts of up to 32 bits. */
  readRange(first: number, into: Float64Array | Uint32Array): MaybePromise<void> {
    return run(readCounts(this, first, into));
  }

  /** Fills `into` with 1 for each cluster from `first` on whose count is 1, and 0 for the others. `first` begins a block, and `into` has whole blocks. */
  readOnes(first: number, into: Uint8Array): MaybePromise<void> {
    return run(readOnes(this, first, into));
  }

  /**
   * Adds `delta` (1, -1, or any other integer) to the counts of all clusters of `ranges`, which may come in any order and overlap: all or
   * none. Each block is visited once for the check and once for the change. Where a count goes up and nothing is counted yet, a block is made outside of
   * `ranges`.
   * @throws ImageError `limit` for a count above the width's maximum, `corrupt` for one below 0; RangeError for what is no range
   */
  adjust(ranges: readonly ClusterRange[], delta: number): MaybePromise<void> {
    return run(adjust(this, new RangeChanges(this.geometry, ranges, delta)));
  }

  /**
   * `adjust` for single clusters: `delta` once for each element. `clusters` ascend; duplicates count. For millions of them.
   * @throws as `adjust`; RangeError for a list that is not sorted
   */
  adjustSorted(clusters: SortedClusters, delta: number): MaybePromise<void> {
    return run(adjust(this, new SortedChanges(this.geometry, clusters, delta)));
  }

  /**
   * Adds `delta` to the count of each cluster for each time that `tally` has it named: all or none, and each block that is touched is changed once. The
   * tally must not change afterwards.
   * @throws ImageError `limit` for a count above the width's maximum; `corrupt` for one below 0, and for a named cluster whose count is 0 already
   */
  adjustTally(tally: Tally, delta: 1 | -1): MaybePromise<void> {
    return run(adjustTally(this, tally, delta));
  }

  /** Fails as `adjustTally` would, and changes nothing. */
  checkTally(tally: Tally, delta: 1 | -1): MaybePromise<void> {
    return run(checkTally(this, tally, delta));
  }

  /**
   * Takes `count` contiguous free clusters, the first that are found, across blocks: their counts are 1. @returns the number of the first
   * @throws ImageError `no-space`; RangeError for a count below 1
   */
  allocate(count: number): MaybePromise<number> {
    checkCount(count);
    return run(allocate(this, count));
  }

  /** Takes the first free cluster and those free behind it, at most `count`, and no more than one block counts. Throws as `allocate`. */
  allocateUpTo(count: number): MaybePromise<ClusterRange> {
    checkCount(count);
    return allocateUpTo(this, count);
  }

  /** Takes the block with that index out of the table, when it counts nothing but itself. @returns whether it did; durable then */
  dropBlock(index: number): MaybePromise<boolean> {
    return run(dropBlock(this, index));
  }

  /** Brings all changed blocks to the file; no flush. */
  write(): MaybePromise<void> {
    if (this.unsettled.any) return run(this.writeSteps());
    return this.cache.write();
  }

  private *writeSteps(): Steps<void> {
    yield* settle(this);
    yield* wait(this.cache.write());
  }

  /** @internal Clusters whose count has become 0. */
  readonly noteFreed = (first: number, count: number): void => {
    // Cluster 0 is never free, whatever its count says.
    if (first < this.hint) this.hint = Math.max(1, first);
    const dropped = this.parts.freed?.(first, count);
    if (dropped !== undefined) this.drops.add(dropped);
  };

  /** @internal Waits for what is dropped from caches. */
  *dropped(): Steps<void> {
    const { drops } = this;
    this.drops = new Gather();
    yield* wait(drops.done());
  }
}

function checkCount(count: number): void {
  if (!Number.isSafeInteger(count) || count < 1) {
    throw new RangeError(`${count} is no number of clusters`);
  }
}
