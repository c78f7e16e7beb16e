import { Ghosts } from './ghosts.ts';
import { SlotLists } from './slot-lists.ts';
import { SlotPolicy } from './slot-policy.ts';

const SMALL = 0;
const MAIN = 1;
const MAX_USES = 3;

/**
 * S3-FIFO: a small FIFO for what is new, a main FIFO for what was used at least twice there, and the keys of what left the small one unused.
 *
 * - small = floor(tables / 10), main the rest, ghosts = floor(0.9 x tables).
 * - A new key enters small; one whose ghost is found enters main. A use counts up to 3.
 * - Small's oldest goes to main with 2 uses or more (its count starts again at 0), otherwise it leaves and becomes a ghost.
 * - Main's oldest goes around with one use less, and leaves at 0 without a ghost. Main gives up an entry only when it holds more than its
 *   part, or when small is empty.
 *
 * The definition holds from 20 tables. With fewer, small has one table; with one table main has none, and an entry with two uses gets one
 * more round there.
 *
 * Pinned entries are passed; when the queue whose turn it is has only pinned ones, the other gives up its oldest.
 *
 * @param options.tables ordinary slots, 1 to 2^27
 * @throws RangeError when `tables` is out of range
 * @see Yang, Zhang, Qiu, Yue, Rashmi: FIFO Queues are All You Need for Cache Eviction, SOSP '23
 */
export function s3fifo(options: { readonly tables: number }): S3Fifo {
  return new S3Fifo(options.tables);
}

/** The strategy that `s3fifo` makes. */
export class S3Fifo extends SlotPolicy {
  readonly name = 's3fifo';
  private readonly queues: SlotLists;
  private readonly uses: Uint8Array;
  private readonly ghosts: Ghosts;
  private readonly ghostRoom: number;
  private readonly mainRoom: number;

  constructor(tables: number) {
    super(tables);
    this.queues = new SlotLists(tables, 2);
    this.uses = new Uint8Array(tables);
    this.mainRoom = tables - Math.max(1, Math.floor(tables / 10));
    this.ghostRoom = Math.floor((tables * 9) / 10);
    this.ghosts = new Ghosts(this.ghostRoom, 1);
  }

  find(key: number): number {
    const slot = this.index.find(key, this.stats);
    if (slot < 0) return this.miss(key);
    this.stats.hits++;
    const uses = this.uses[slot]!;
    if (uses < MAX_USES) this.uses[slot] = uses + 1;
    return slot;
  }

  place(key: number): number {
    this.requireAbsent(key);
    const ghost = this.ghosts.find(key, this.stats);
    let slot = this.takeEmpty();
    if (slot < 0) {
      slot = this.victim();
      if (slot < 0) return this.pins.overflow(key, this.stats);
      if (ghost >= 0) this.ghosts.drop(ghost);
      const left = this.index.keys[slot]!;
      this.evict(slot);
      this.queues.drop(slot);
      if (this.queues.list[slot] === SMALL) this.remember(left);
    } else if (ghost >= 0) this.ghosts.drop(ghost);
    this.index.set(key, slot);
    this.uses[slot] = 0;
    this.queues.add(ghost >= 0 ? MAIN : SMALL, slot);
    return slot;
  }

  private victim(): number {
    const sizes = this.queues.sizes;
    if (sizes[MAIN]! > this.mainRoom || sizes[SMALL] === 0) {
      const slot = this.fromMain();
      if (slot >= 0) return slot;
    }
    const slot = this.fromSmall();
    return slot >= 0 ? slot : this.fromMain();
  }

  /** Small's oldest with less than two uses; those with more go to main on the way. */
  private fromSmall(): number {
    const { queues, uses } = this;
    const pins = this.pins.counts;
    let at = queues.oldest(SMALL);
    while (!queues.isEnd(at)) {
      const next = queues.newer[at]!;
      if (pins[at] === 0) {
        if (uses[at]! < 2) return at;
        uses[at] = 0;
        queues.move(MAIN, at);
      }
      at = next;
    }
    return -1;
  }

  /** Main's oldest without a use. One walk is enough: what it reinserts it meets again at the young end. */
  private fromMain(): number {
    const { queues, uses } = this;
    const pins = this.pins.counts;
    let at = queues.oldest(MAIN);
    while (!queues.isEnd(at)) {
      const next = queues.newer[at]!;
      if (pins[at] === 0) {
        if (uses[at] === 0) return at;
        uses[at]!--;
        queues.move(MAIN, at);
        // The newest entry was reinserted in its own place.
        if (queues.isEnd(next)) continue;
      }
      at = next;
    }
    return -1;
  }

  private remember(key: number): void {
    if (this.ghostRoom === 0) return;
    if (this.ghosts.lists.sizes[0] === this.ghostRoom) this.ghosts.dropOldest(0);
    this.ghosts.add(0, key);
  }

  protected leave(slot: number): void {
    this.queues.drop(slot);
  }

  protected reset(): void {
    this.queues.clear();
    this.ghosts.clear();
  }
}
