// Allocations in flight, and what a new request does when it meets one.
//
// The idea is Kevin Wolf's RFC "Cancel COW when overwritten" (qemu-devel, September 2012): a request that begins in the not yet copied
// tail of an earlier allocation writes there itself, and the copy is cut. Here every allocation is a run of clusters with a set of *holes* (bytes that
// nobody has written). A request that falls into an open allocation claims its part of the holes; what is still a hole when the allocation
// is finished gets copied. So the RFC's parent and chain of children are one object, and its lock order and its three-way wait are gone.
//
// When an allocation is finished: at a flush, when a request cannot join it, when too many are open, and at once when no hole is left.
// Until then its data is acknowledged but not mapped, so reads must ask `locate` first.
//
// Invariants: a guest cluster is in at most one allocation; link runs only with no hole and no claim; a failed finish leaves the
// allocation open with everything that was acknowledged; a waiter is always woken.
import { isPromise, type MaybePromise } from '@q/block';
import { Allocation, type Claim } from './allocation.ts';
import type { Range } from './range-set.ts';

/** What the owner of the mapping does for the registry. */
export interface CowBackend<Tag> {
  /** Writes the old bytes of these guest ranges (from the old cluster, the backing device, or zeroes) to their new host place. */
  fill(allocation: Allocation<Tag>, holes: readonly Range[]): MaybePromise<void>;
  /** Enters the run into the mapping and lets the old clusters go. All its bytes are written. */
  link(allocation: Allocation<Tag>): MaybePromise<void>;
  /** Gives the clusters back: nothing was written that anybody was told of. */
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
  /** Allocations that may stay open; the oldest is finished when there are more. Default 64. */
  readonly maxOpen?: number;
}

/** What the registry counts. */
export interface InFlightStats {
  /** Allocations begun. */
  allocations: number;
  /** Claims made on an allocation that was in flight already. */
  takeOvers: number;
  /** Bytes that need not be copied because a later request wrote them. */
  cancelledBytes: number;
  /** Bytes copied by `fill`. */
  filledBytes: number;
  /** Times a request had to wait for an allocation. */
  waits: number;
}

/** What a request over `[from, to)` finds. `to` is how far the answer holds. */
export type Encounter<Tag> =
  /** Nothing in flight up to `to`. */
  | { readonly kind: 'clear'; readonly to: number }
  /** This open allocation covers the bytes up to `to`: claim them. */
  | { readonly kind: 'join'; readonly to: number; readonly allocation: Allocation<Tag> }
  /** This allocation is being finished: wait for `allocation.changed()` and look again. */
  | { readonly kind: 'wait'; readonly to: number; readonly allocation: Allocation<Tag> };

/** The allocations in flight of one image. */
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
  private readonly clusterSize: number;
  private readonly granule: number;
  private readonly backend: CowBackend<Tag>;
  private readonly byCluster = new Map<number, Allocation<Tag>>();
  private readonly all = new Set<Allocation<Tag>>();

  constructor(backend: CowBackend<Tag>, options: InFlightOptions) {
    this.backend = backend;
    this.clusterSize = options.clusterSize;
    this.granule = options.granule ?? options.clusterSize;
    this.takeOver = options.takeOver ?? true;
    this.maxOpen = options.maxOpen ?? 64;
  }

  /** Allocations in flight. While it is 0 nothing here need be asked. */
  get count(): number {
    return this.all.size;
  }

  /** The allocation that covers the cluster of guest offset `at`. */
  at(at: number): Allocation<Tag> | undefined {
    return this.byCluster.get(Math.floor(at / this.clusterSize));
  }

  /** What a request over `[from, to)` meets at its beginning, and how far that holds. */
  meet(from: number, to: number): Encounter<Tag> {
    if (this.all.size === 0) return { kind: 'clear', to };
    const here = this.at(from);
    if (here === undefined) {
      let next = (Math.floor(from / this.clusterSize) + 1) * this.clusterSize;
      while (next < to && this.at(next) === undefined) next += this.clusterSize;
      return { kind: 'clear', to: Math.min(next, to) };
    }
    if (here.state === 'open' && (this.takeOver || here.claims.size === 0)) {
      // Bytes that a claim is just copying must not be overtaken: the copy could land after the request's own bytes.
      const stop = copyAhead(here, from, Math.min(here.end, to));
      if (stop > from) return { kind: 'join', to: stop, allocation: here };
    }
    this.stats.waits++;
    return { kind: 'wait', to: Math.min(here.end, to), allocation: here };
  }

  /** Registers a run of clusters (none of them in flight) with its first request, over guest bytes `[from, to)`. */
  begin(
    run: { guest: number; host: number; length: number; tag: Tag },
    from: number,
    to: number,
  ): Claim<Tag> {
    const allocation = new Allocation(run.guest, run.host, run.length, run.tag);
    for (let at = allocation.guest; at < allocation.end; at += this.clusterSize) {
      const index = Math.floor(at / this.clusterSize);
      if (this.byCluster.has(index)) throw new RangeError(`guest cluster ${index} is in flight`);
      this.byCluster.set(index, allocation);
    }
    this.all.add(allocation);
    this.stats.allocations++;
    return this.claim(allocation, from, to);
  }

  /** Lets a request over `[from, to)` write into an open allocation that covers it. */
  join(allocation: Allocation<Tag>, from: number, to: number): Claim<Tag> {
    const claim = this.claim(allocation, from, to);
    this.stats.takeOvers++;
    for (const part of claim.taken) {
      const saved = Math.min(part.to, to) - Math.max(part.from, from);
      if (saved > 0) this.stats.cancelledBytes += saved;
    }
    return claim;
  }

  private claim(allocation: Allocation<Tag>, from: number, to: number): Claim<Tag> {
    const { holes } = allocation;
    const { granule } = this;
    let head = from;
    let tail = to;
    if (holes.has(from)) {
      // Bytes in front of the request go out with it: sequential writers never come back for them.
      const start = holes.within(allocation.guest, from + 1).at(-1)?.from ?? from;
      head = Math.max(start, Math.floor(from / granule) * granule);
    }
    if (!this.takeOver && holes.has(to - 1)) {
      tail = Math.min(holes.nextEdge(to - 1), Math.ceil(to / granule) * granule);
    }
    const claim: Claim<Tag> = { allocation, head, from, to, tail, taken: holes.within(head, tail) };
    holes.remove(head, tail);
    allocation.claims.add(claim);
    return claim;
  }

  /** The claim's bytes are written. Finishes the allocation when nothing is left to wait for. */
  complete(claim: Claim<Tag>): MaybePromise<void> {
    const { allocation } = claim;
    allocation.claims.delete(claim);
    allocation.written++;
    allocation.wake();
    if (allocation.state !== 'open' || allocation.claims.size > 0) return;
    if (allocation.holes.empty || !this.takeOver) return this.finish(allocation);
  }

  /** The claim's write failed: its bytes are holes again, so the old bytes come back when the allocation is finished. */
  fail(claim: Claim<Tag>): MaybePromise<void> {
    const { allocation } = claim;
    allocation.claims.delete(claim);
    for (const { from, to } of claim.taken) allocation.holes.add(from, to);
    if (allocation.written > 0 || allocation.claims.size > 0 || allocation.state !== 'open') {
      allocation.wake();
      return;
    }
    this.leave(allocation, 'cancelled');
    return this.backend.cancel(allocation);
  }

  /**
   * Where guest bytes from `at` are to be read: `host` is their new place, or -1 for the mapping as it stands.
   * `to` is how far that holds.
   */
  locate(at: number, to: number): { readonly host: number; readonly to: number } {
    const allocation = this.at(at);
    if (allocation === undefined) {
      let next = (Math.floor(at / this.clusterSize) + 1) * this.clusterSize;
      while (next < to && this.at(next) === undefined) next += this.clusterSize;
      return { host: -1, to: Math.min(next, to) };
    }
    let edge = Math.min(to, allocation.end, allocation.holes.nextEdge(at));
    let old = allocation.holes.has(at);
    for (const { taken } of allocation.claims) {
      for (const range of taken) {
        if (range.from <= at && at < range.to) old = true;
        if (range.from > at) edge = Math.min(edge, range.from);
        else if (range.to > at) edge = Math.min(edge, range.to);
      }
    }
    return { host: old ? -1 : allocation.hostOf(at), to: edge };
  }

  /** Copies what is left of an allocation and links it. Joins a finish that is going on. */
  finish(allocation: Allocation<Tag>): MaybePromise<void> {
    if (allocation.finishing !== undefined) return allocation.finishing;
    if (allocation.state !== 'open') return;
    allocation.state = 'closing';
    try {
      const work = allocation.claims.size > 0 ? this.settle(allocation) : this.fill(allocation);
      if (!isPromise(work)) return;
      allocation.finishing = work.catch((error: unknown) => this.reopen(allocation, error));
      return allocation.finishing;
    } catch (error) {
      return this.reopen(allocation, error);
    }
  }

  private async settle(allocation: Allocation<Tag>): Promise<void> {
    while (allocation.claims.size > 0) await allocation.changed();
    if (allocation.written === 0) {
      this.leave(allocation, 'cancelled');
      return this.backend.cancel(allocation);
    }
    return this.fill(allocation);
  }

  private fill(allocation: Allocation<Tag>): MaybePromise<void> {
    allocation.state = 'filling';
    const holes = allocation.holes.list();
    if (holes.length === 0) return this.link(allocation);
    const filled = this.backend.fill(allocation, holes);
    const next = (): MaybePromise<void> => {
      for (const { from, to } of holes) {
        this.stats.filledBytes += to - from;
        allocation.holes.remove(from, to);
      }
      return this.link(allocation);
    };
    return isPromise(filled) ? filled.then(next) : next();
  }

  private link(allocation: Allocation<Tag>): MaybePromise<void> {
    allocation.state = 'linking';
    const linked = this.backend.link(allocation);
    if (isPromise(linked)) return linked.then(() => this.leave(allocation, 'done'));
    this.leave(allocation, 'done');
  }

  private leave(allocation: Allocation<Tag>, state: 'done' | 'cancelled'): void {
    allocation.state = state;
    allocation.finishing = undefined;
    for (let at = allocation.guest; at < allocation.end; at += this.clusterSize) {
      this.byCluster.delete(Math.floor(at / this.clusterSize));
    }
    this.all.delete(allocation);
    allocation.wake();
  }

  private reopen(allocation: Allocation<Tag>, error: unknown): never {
    allocation.finishing = undefined;
    if (allocation.state !== 'cancelled') allocation.state = 'open';
    allocation.wake();
    throw error;
  }

  /** Finishes every allocation that touches `[from, to)`. */
  finishRange(from: number, to: number): MaybePromise<void> {
    if (this.all.size === 0) return;
    const found = [...this.all].filter((a) => a.guest < to && from < a.end);
    return this.finishEach(found);
  }

  /** Finishes every allocation: for a flush, a snapshot, a close. */
  finishAll(): MaybePromise<void> {
    if (this.all.size === 0) return;
    return this.finishEach([...this.all]);
  }

  /** Finishes the oldest allocations until no more than `maxOpen` are in flight. */
  trim(): MaybePromise<void> {
    if (this.all.size <= this.maxOpen) return;
    return this.finishEach([...this.all].slice(0, this.all.size - this.maxOpen));
  }

  /** Goes on after a failure, so that one bad cluster does not hold the others; the first error is the caller's. */
  private finishEach(allocations: readonly Allocation<Tag>[]): MaybePromise<void> {
    let failed: { readonly error: unknown } | undefined;
    const pending: Promise<void>[] = [];
    for (const allocation of allocations) {
      try {
        const work = this.finish(allocation);
        if (isPromise(work)) pending.push(work);
      } catch (error) {
        failed ??= { error };
      }
    }
    if (pending.length > 0) {
      return Promise.allSettled(pending).then((results) => {
        for (const result of results) {
          if (result.status === 'rejected') failed ??= { error: result.reason as unknown };
        }
        if (failed !== undefined) throw failed.error;
      });
    }
    if (failed !== undefined) throw failed.error;
  }
}

/** Where, from `from` on, the first byte is that a claim in flight copies; `to` when there is none. */
function copyAhead<Tag>(allocation: Allocation<Tag>, from: number, to: number): number {
  let stop = to;
  for (const claim of allocation.claims) {
    for (const [start, end] of [
      [claim.head, claim.from],
      [claim.to, claim.tail],
    ] as const) {
      if (start < stop && end > from && start < end) stop = Math.max(from, Math.min(stop, start));
    }
  }
  return stop;
}
