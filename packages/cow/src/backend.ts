import type { MaybePromise } from '@q/block';
import type { Allocation } from './allocation.ts';
import type { Range } from './range-set.ts';

/**
 * What the owner of the mapping does for the registry. Each settles only when all I/O it started is over: bytes that land later could
 * overwrite a request that came after. Each may be asked again after it failed.
 */
export interface CowBackend<Tag> {
  /**
   * Writes the old bytes of these guest ranges (from the old cluster, the backing device, or zeroes) to their new host place. They are
   * ascending and apart. What the mapping can leave where it is (subclusters that nobody touched) need not be written. After a failure,
   * also of the link, all of them are asked for again that nobody has written meanwhile, with what failed writes have left.
   */
  fill(allocation: Allocation<Tag>, holes: readonly Range[]): MaybePromise<void>;
  /** Enters the run into the mapping and lets the old clusters go. All its bytes are written, or left by `fill`. A link that fails changes nothing. */
  link(allocation: Allocation<Tag>): MaybePromise<void>;
  /** Gives the clusters back: nothing was written that anybody was told of. Not asked again: what it fails to give back is lost space. */
  cancel(allocation: Allocation<Tag>): MaybePromise<void>;
}

/** How allocations in flight behave. */
export interface InFlightOptions {
  /** Bytes of a cluster. */
  readonly clusterSize: number;
  /** Bytes that are mapped as one, so that COW need not reach further: a subcluster, or the cluster (default). Divides `clusterSize`. */
  readonly granule?: number;
  /** Leave tails open for requests that may overwrite them, instead of copying them with the first write. Default true. */
  readonly takeOver?: boolean;
  /** Allocations that may stay open; `trim` finishes the oldest when there are more. Default 64. */
  readonly maxOpen?: number;
}

/** The defaults of {@link InFlightOptions}. `granule` is the cluster size. */
export const IN_FLIGHT_DEFAULTS = { takeOver: true, maxOpen: 64 } as const;

/** What the registry counts. Bytes are those of writes that succeeded. */
export interface InFlightStats {
  /** Allocations begun. */
  allocations: number;
  /** Claims made on an allocation that was in flight already. */
  takeOvers: number;
  /** Holes that a later request has written: bytes that need not be copied. */
  cancelledBytes: number;
  /** Bytes that were still holes in the end, and that the backend has filled. */
  filledBytes: number;
  /** Times a request had to wait for an allocation. */
  waits: number;
}
