import type { MaybePromise } from '@q/block';
import { RangeSet, type Range } from './range-set.ts';

/**
 * Where an allocation is in its life.
 *
 * ```
 * open -> closing -> filling -> linking -> done
 *   ^________|__________|_________|   (a failed finish goes back to open: nothing acknowledged is lost, the next finish tries again)
 * open -> cancelled                   (its first write failed and nobody else wrote: the clusters are given back)
 * ```
 * `open`: requests may join. `closing`: waits for the writes in flight. `filling`: copies what nobody wrote; bounds are fixed.
 * `linking`: the mapping changes.
 */
export type AllocationState = 'open' | 'closing' | 'filling' | 'linking' | 'done' | 'cancelled';

/** A run of clusters that was chosen for guest data and is not yet in the mapping. Offsets in bytes. */
export class Allocation<Tag = unknown> {
  /** Guest offset of the first cluster. */
  readonly guest: number;
  /** Host offset of the first cluster; the run is contiguous. */
  readonly host: number;
  /** Bytes, a multiple of the cluster size. */
  readonly length: number;
  /** What the driver wants to remember with it. */
  readonly tag: Tag;
  state: AllocationState = 'open';
  /** Guest bytes of the run that nobody has claimed: the COW regions that are left. */
  readonly holes = new RangeSet();
  /** Writes in flight. */
  readonly claims = new Set<Claim<Tag>>();
  /** Writes that have succeeded. */
  written = 0;
  /** The finish that is going on, if one is. */
  finishing: MaybePromise<void> | undefined;
  /** Called when the state may have changed for those who wait. */
  waiters: (() => void)[] = [];

  constructor(guest: number, host: number, length: number, tag: Tag) {
    this.guest = guest;
    this.host = host;
    this.length = length;
    this.tag = tag;
    this.holes.add(guest, guest + length);
  }

  /** Guest offset behind the last cluster. */
  get end(): number {
    return this.guest + this.length;
  }

  /** Host offset of a guest offset inside the run. */
  hostOf(guest: number): number {
    return this.host + (guest - this.guest);
  }

  /** Resolves at the next change that may let a waiting request go on. Never rejects. */
  changed(): Promise<void> {
    return new Promise((resolve) => this.waiters.push(resolve));
  }

  wake(): void {
    const waiters = this.waiters;
    this.waiters = [];
    for (const waiter of waiters) waiter();
  }
}

/**
 * One request's part in an allocation: guest bytes `[from, to)` come from the request; `head` (up to `from`) and `tail` (from `to`) are
 * copied by the same request in the same vectored write. Everything in `[head, tail)` left the holes when the claim was made.
 */
export interface Claim<Tag = unknown> {
  readonly allocation: Allocation<Tag>;
  readonly head: number;
  readonly from: number;
  readonly to: number;
  readonly tail: number;
  /** The parts that were holes before, to be given back when the request fails. */
  readonly taken: readonly Range[];
}
