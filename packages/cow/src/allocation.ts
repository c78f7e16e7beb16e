import type { MaybePromise } from '@q/block';
import type { Claim } from './claim.ts';
import { RangeSet, type Range } from './range-set.ts';
import { Waiters } from './waiters.ts';

/**
 * Where an allocation is in its life.
 *
 * ```
 * open -> closing -> filling -> linking -> done
 *   ^________|__________|_________|   (a failed finish goes back to open: nothing acknowledged is lost, the next finish tries again)
 * open, closing -> cancelled          (no write of it has succeeded and none is left: the clusters are given back)
 * ```
 * `open`: requests may join. `closing`: waits for the writes in flight. `filling`: copies what nobody wrote; bounds are fixed.
 * `linking`: the mapping changes.
 */
export type AllocationState = 'open' | 'closing' | 'filling' | 'linking' | 'done' | 'cancelled';

/** A run of clusters chosen for guest data: what {@link Allocation} is made from. Offsets and lengths in bytes. */
export interface AllocatedRun<Tag> {
  /** Guest offset of the first cluster, a multiple of the cluster size. */
  readonly guest: number;
  /** Host offset of the first cluster; the run is contiguous. */
  readonly host: number;
  /** A multiple of the cluster size. */
  readonly length: number;
  /** What the driver wants to remember with it. */
  readonly tag: Tag;
  /**
   * Guest ranges whose bytes are at their new place already, because the run keeps clusters that are in use (subclusters that are
   * mapped): they are never copied, and reads go there. Default none.
   */
  readonly present?: readonly Range[];
}

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
  /** Guest bytes that were written to their new place, not filled: reads go there. Never shrinks. */
  readonly written = new RangeSet();
  /** Guest bytes that are not there and that no write in flight brings: the COW regions that are left. */
  readonly holes = new RangeSet();
  /** Writes in flight. */
  readonly claims = new Set<Claim<Tag>>();
  /** Writes that have succeeded. */
  acknowledged = 0;
  /** The finish that is going on, if one is and it is not synchronous. */
  finishing: MaybePromise<void> | undefined;
  /** The last finish failed. */
  failed = false;
  private readonly waiters = new Waiters();

  constructor(run: AllocatedRun<Tag>) {
    this.guest = run.guest;
    this.host = run.host;
    this.length = run.length;
    this.tag = run.tag;
    this.holes.add(this.guest, this.end);
    if (run.present === undefined) return;
    for (const { from, to } of run.present) {
      if (from < this.guest || to > this.end) throw new RangeError('present bytes lie in the run');
      this.holes.remove(from, to);
      this.written.add(from, to);
    }
  }

  /** Guest offset behind the last cluster. */
  get end(): number {
    return this.guest + this.length;
  }

  /** Whether it is in the mapping, or given back: nobody has to wait for it. */
  get over(): boolean {
    return this.state === 'done' || this.state === 'cancelled';
  }

  /** Host offset of a guest offset inside the run. */
  hostOf(guest: number): number {
    return this.host + (guest - this.guest);
  }

  /** Resolves at the next change that may let a waiting request go on: look again then. Never rejects. */
  changed(): Promise<void> {
    return this.over ? Promise.resolve() : this.waiters.changed();
  }

  /** Lets all look again who wait for a change. */
  wake(): void {
    this.waiters.wake();
  }
}
