// Allocations in flight, and what a new request does when it meets one.
//
// The idea is Kevin Wolf's RFC "Cancel COW when overwritten" (qemu-devel, September 2012): a request that begins in the not yet copied
// tail of an earlier allocation writes there itself, and the copy is cut. Here every allocation is a run of clusters with a set of *holes*
// (bytes that nobody has written or is writing). A request that falls into an open allocation claims its part of the holes; what is still a
// hole when the allocation is finished gets copied. So the RFC's parent and chain of children are one object, and its lock order, its
// limit of one child and its three-way wait are gone.
//
// An allocation is finished at a flush, when something that cannot join it wants its clusters, when too many are open, and at once when no hole
// is left. Until then its data is acknowledged but not mapped, so reads must ask `locate` first.
//
// Invariants: a guest cluster is in at most one allocation; link runs only with no claim, and after all holes have been filled; a failed
// finish leaves the allocation open with everything that was acknowledged; a waiter is always woken.
//
// What the RFC leaves open is defined so:
// - a write fails (the RFC's child or parent): its bytes are holes again, unless others have written or are writing them, so the old ones come
//   back. Other writes of the allocation are not touched. When none has succeeded and none is left, the clusters are given back.
// - a copy or a link fails: the allocation is open again. Whoever asked for the finish gets the error: a flush, or the write that filled the
//   last hole. Reads still find the data, requests still join, the next finish tries again.
// - a flush fails: it has finished all other allocations first. Nothing is given up; the next flush tries again.
// - a discard, or zeroes by the mapping, on the same cluster: `finishRange`, then `meet` under the lock must say `clear`.
// - a snapshot, a resize, anything that needs the mapping to be all there is: `quiesce`.
import { chain, type MaybePromise } from '@q/block';
import { Allocation, type AllocatedRun } from './allocation.ts';
import {
  IN_FLIGHT_DEFAULTS,
  type CowBackend,
  type InFlightOptions,
  type InFlightStats,
} from './backend.ts';
import { copyAhead, dropClaim, keepClaim, takeClaim, type Claim } from './claim.ts';
import { Finisher } from './finisher.ts';
import type { Lock } from './lock.ts';
import { Waiters } from './waiters.ts';

/** What a request over `[from, to)` finds. `to` is how far the answer holds. */
export type Encounter<Tag> =
  /** Nothing in flight up to `to`. */
  | { readonly kind: 'clear'; readonly to: number }
  /** This open allocation covers the bytes up to `to`: claim them, in the same turn. */
  | { readonly kind: 'join'; readonly to: number; readonly allocation: Allocation<Tag> }
  /** Wait for `allocation.changed()`, which is to be called in the same turn, and look again. */
  | {
      readonly kind: 'wait';
      readonly to: number;
      readonly allocation: { changed(): Promise<void> };
    };

/** Where guest bytes are to be read. */
export interface Place {
  /** Host offset, or -1: as the mapping says. */
  readonly host: number;
  /** Guest offset up to which this holds. */
  readonly to: number;
}

/** The allocations in flight of one image. Calls that change something are made under the image lock, or in the turn of the I/O that ended. */
export class InFlight<Tag = unknown> {
  readonly stats: InFlightStats = {
    allocations: 0,
    takeOvers: 0,
    cancelledBytes: 0,
    filledBytes: 0,
    waits: 0,
  };
  readonly takeOver: boolean;
  readonly maxOpen: number;
  readonly granule: number;
  private readonly clusterSize: number;
  private readonly finisher: Finisher<Tag>;
  private readonly byCluster = new Map<number, Allocation<Tag>>();
  /** Oldest first. */
  private readonly all = new Set<Allocation<Tag>>();
  /** Those who wait while somebody has the mapping for himself. */
  private gate: Waiters | undefined;

  /** @throws RangeError for sizes that are not whole numbers above 0, or a granule that does not divide the cluster */
  constructor(backend: CowBackend<Tag>, options: InFlightOptions) {
    const { clusterSize, granule = clusterSize, takeOver, maxOpen } = options;
    this.clusterSize = clusterSize;
    this.granule = granule;
    this.takeOver = takeOver ?? IN_FLIGHT_DEFAULTS.takeOver;
    this.maxOpen = maxOpen ?? IN_FLIGHT_DEFAULTS.maxOpen;
    if (!isCount(clusterSize) || !isCount(granule) || clusterSize % granule !== 0) {
      throw new RangeError(`a granule of ${granule} does not divide a cluster of ${clusterSize}`);
    }
    if (!isCount(this.maxOpen)) {
      throw new RangeError(`maxOpen is a whole number above 0, not ${maxOpen}`);
    }
    this.finisher = new Finisher(backend, this.stats, (allocation) => {
      for (let at = allocation.guest; at < allocation.end; at += clusterSize) {
        this.byCluster.delete(at / clusterSize);
      }
      this.all.delete(allocation);
    });
  }

  /** Allocations in flight, and one more while {@link quiesce} is at work. While it is 0 nothing here need be asked. */
  get count(): number {
    return this.all.size + (this.gate === undefined ? 0 : 1);
  }

  /** The allocation that covers the cluster of guest offset `at`. */
  at(at: number): Allocation<Tag> | undefined {
    return this.byCluster.get(Math.floor(at / this.clusterSize));
  }

  /** What a request over `[from, to)` meets at its beginning, and how far that holds. */
  meet(from: number, to: number): Encounter<Tag> {
    if (this.gate !== undefined) {
      this.stats.waits++;
      return { kind: 'wait', to, allocation: this.gate };
    }
    if (this.all.size === 0) return { kind: 'clear', to };
    const here = this.at(from);
    if (here === undefined) return { kind: 'clear', to: this.clearUpTo(from, to) };
    const limit = Math.min(here.end, to);
    if (here.state === 'open' && (this.takeOver || here.claims.size === 0)) {
      // Bytes that a claim is just copying must not be overtaken: the copy could land after the request's own bytes.
      const stop = copyAhead(here, from, limit);
      if (stop > from) return { kind: 'join', to: stop, allocation: here };
    }
    this.stats.waits++;
    return { kind: 'wait', to: limit, allocation: here };
  }

  private clearUpTo(from: number, to: number): number {
    const { clusterSize } = this;
    let cluster = Math.floor(from / clusterSize) + 1;
    while (cluster * clusterSize < to && !this.byCluster.has(cluster)) cluster++;
    return Math.min(cluster * clusterSize, to);
  }

  /**
   * Registers a run of clusters with its first request, over guest bytes `[from, to)`.
   * @throws RangeError for a request that is not in the run, a run that is not whole clusters, and one that is in flight already
   */
  begin(run: AllocatedRun<Tag>, from: number, to: number): Claim<Tag> {
    const { clusterSize, byCluster } = this;
    const first = run.guest / clusterSize;
    const end = first + run.length / clusterSize;
    if (!Number.isSafeInteger(first) || !Number.isSafeInteger(end) || end <= first || first < 0) {
      throw new RangeError(`[${run.guest}, +${run.length}) is not a run of whole clusters`);
    }
    for (let cluster = first; cluster < end; cluster++) {
      if (byCluster.has(cluster)) throw new RangeError(`guest cluster ${cluster} is in flight`);
    }
    const allocation = new Allocation(run);
    const claim = takeClaim(allocation, from, to, this, false);
    for (let cluster = first; cluster < end; cluster++) byCluster.set(cluster, allocation);
    this.all.add(allocation);
    this.stats.allocations++;
    return claim;
  }

  /** Lets a request over `[from, to)` write into an open allocation that covers it, as far as `meet` said. */
  join(allocation: Allocation<Tag>, from: number, to: number): Claim<Tag> {
    const claim = takeClaim(allocation, from, to, this, true);
    this.stats.takeOvers++;
    return claim;
  }

  /**
   * The claim's bytes are written, its copies too. Finishes the allocation when nothing is left to wait for, and then fails as that does:
   * the bytes are kept all the same.
   */
  complete(claim: Claim<Tag>): MaybePromise<void> {
    keepClaim(claim);
    this.stats.cancelledBytes += claim.saved;
    return this.ended(claim.allocation);
  }

  /** The claim's write failed, and nothing of it is under way any more: the old bytes come back where nobody else has written. */
  fail(claim: Claim<Tag>): MaybePromise<void> {
    dropClaim(claim);
    return this.ended(claim.allocation);
  }

  private ended(allocation: Allocation<Tag>): MaybePromise<void> {
    const { state, claims, acknowledged, holes } = allocation;
    allocation.wake();
    if (state !== 'open' || claims.size > 0) return;
    if (acknowledged === 0) return this.finisher.cancel(allocation);
    if (holes.empty || !this.takeOver) return this.finisher.finish(allocation);
  }

  /** Where guest bytes from `at` are to be read, and how far that holds, `to` at most. What has been acknowledged is found, mapped or not. */
  locate(at: number, to: number): Place {
    const allocation = this.at(at);
    if (allocation === undefined) return { host: -1, to: this.clearUpTo(at, to) };
    const { written } = allocation;
    return {
      host: written.has(at) ? allocation.hostOf(at) : -1,
      to: Math.min(to, allocation.end, written.nextEdge(at)),
    };
  }

  /** Copies what is left of an allocation and links it. Joins a finish that is going on; nothing when it is over. */
  finish(allocation: Allocation<Tag>): MaybePromise<void> {
    return this.finisher.finish(allocation);
  }

  /** Finishes every allocation that touches `[from, to)`, and waits for a {@link quiesce}. Fails as `finishAll`. */
  finishRange(from: number, to: number): MaybePromise<void> {
    if (this.all.size === 0 && this.gate === undefined) return;
    const found = [...this.all].filter((one) => one.guest < to && from < one.end);
    return chain(this.finisher.finishEach(found), () => this.gate?.changed());
  }

  /** Finishes every allocation there is: for a flush. All are tried; the first error is the caller's. */
  finishAll(): MaybePromise<void> {
    if (this.all.size === 0) return;
    return this.finisher.finishEach([...this.all]);
  }

  /**
   * Finishes the oldest allocations until no more than `maxOpen` are in flight. One that cannot be finished is no business of the
   * request that happens to call this: it stays open, the next flush hears of it. With more than `maxOpen` of those this fails as they do.
   */
  trim(): MaybePromise<void> {
    let excess = this.all.size - this.maxOpen;
    if (excess <= 0) return;
    const healthy: Allocation<Tag>[] = [];
    const failing: Allocation<Tag>[] = [];
    for (const one of this.all) {
      if (one.failed) failing.push(one);
      else if (excess-- > 0) healthy.push(one);
    }
    const retried = failing.slice(0, Math.max(0, failing.length - this.maxOpen));
    let work: MaybePromise<void> = undefined;
    try {
      work = this.finisher.finishEach(healthy);
    } catch {
      // Marked as failing, and reported by the next flush.
    }
    const retry = (): MaybePromise<void> => this.finisher.finishEach(retried);
    return work === undefined ? retry() : work.then(retry, retry);
  }

  /**
   * Finishes everything, then runs `work` under `lock` with nothing in flight: for a snapshot, or a change of size. New requests wait until it is
   * over, so that it gets its turn. What was written in place may still be under way: wait for that in `work`.
   */
  async quiesce<T>(lock: Lock, work: () => MaybePromise<T>): Promise<T> {
    while (this.gate !== undefined) await this.gate.changed();
    const gate = new Waiters();
    this.gate = gate;
    try {
      for (;;) {
        await this.finishAll();
        // A request that was being planned when the gate came down may have begun one more.
        const done = await lock.run(() =>
          this.all.size > 0 ? undefined : chain(work(), (value) => ({ value })),
        );
        if (done !== undefined) return done.value;
      }
    } finally {
      this.gate = undefined;
      gate.wake();
    }
  }
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value > 0;
}
