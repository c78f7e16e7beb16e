import { FrequencySketch } from './frequency-sketch.ts';
import { SlotLists } from './slot-lists.ts';
import { SlotPolicy } from './slot-policy.ts';

const WINDOW = 0;
const PROBATION = 1;
const PROTECTED = 2;

/**
 * W-TinyLFU: a window in LRU order for what is new, and a main part that lets an entry in from the window only when it was used more often, lately,
 * than the one that would have to leave. Main is in LRU order, too: probation for what came in, protected for what was used there.
 *
 * - window = tables - floor(0.99 x tables), at least 1; protected = floor(0.8 x main).
 * - The window's oldest goes to probation; when the cache is full it is the candidate, probation's oldest the victim, and the candidate stays
 *   only with a strictly higher count. No jitter: never at random.
 * - A use in probation moves an entry to protected, whose oldest goes back to probation when it is too large.
 * - Counts: the sketch and hash of Caffeine 2 (count-min, 4 bits, four rows in one table of as many 64-bit cells as tables, rounded up to a
 *   power of two, halved after 10 uses a cell); every find is counted. Misses equal Caffeine's without jitter, to the unit.
 *
 * Pinned entries are neither candidate nor victim. When neither window nor probation can give up an entry, protected's oldest leaves.
 *
 * @param options.tables ordinary slots, 1 to 2^27. With one table there is no main part: the window is the cache
 * @throws RangeError when `tables` is out of range
 * @see Einziger, Friedman, Manes: TinyLFU: A Highly Efficient Cache Admission Policy, 2017
 */
export function wtinylfu(options: { readonly tables: number }): WTinyLfu {
  return new WTinyLfu(options.tables);
}

/** The strategy that `wtinylfu` makes. */
export class WTinyLfu extends SlotPolicy {
  readonly name = 'wtinylfu';
  private readonly lists: SlotLists;
  private readonly sketch: FrequencySketch;
  private readonly windowRoom: number;
  private readonly protectedRoom: number;

  constructor(tables: number) {
    super(tables);
    this.lists = new SlotLists(tables, 3);
    this.sketch = new FrequencySketch(tables);
    this.windowRoom = Math.max(1, tables - Math.floor(tables * 0.99));
    this.protectedRoom = Math.floor((tables - this.windowRoom) * 0.8);
  }

  find(key: number): number {
    const { lists, sketch } = this;
    const slot = this.index.find(key, this.stats);
    if (slot < 0) {
      sketch.learn(sketch.spare, key);
      sketch.increment(sketch.spare);
      return this.miss(key);
    }
    sketch.increment(slot);
    this.stats.hits++;
    const list = lists.list[slot]!;
    if (list === PROBATION) {
      lists.move(PROTECTED, slot);
      if (lists.sizes[PROTECTED]! > this.protectedRoom) {
        lists.move(PROBATION, lists.oldest(PROTECTED));
      }
    } else lists.move(list, slot);
    return slot;
  }

  place(key: number): number {
    this.requireAbsent(key);
    const { lists, sketch } = this;
    const windowFull = lists.sizes[WINDOW]! >= this.windowRoom;
    const candidate = windowFull ? lists.oldestUnpinned(WINDOW, this.pins.counts) : -1;
    let slot = this.takeEmpty();
    if (slot < 0) {
      slot = this.victim(candidate);
      if (slot < 0) return this.pins.overflow(key, this.stats);
      this.evict(slot);
      lists.drop(slot);
    }
    if (candidate >= 0 && candidate !== slot) lists.move(PROBATION, candidate);
    this.index.set(key, slot);
    sketch.learn(slot, key);
    lists.add(WINDOW, slot);
    return slot;
  }

  /** The candidate or probation's oldest, whichever was used less; the oldest of another list when there is no such pair. */
  private victim(candidate: number): number {
    const { lists, sketch } = this;
    const pins = this.pins.counts;
    const oldest = lists.oldestUnpinned(PROBATION, pins);
    if (candidate >= 0) {
      return oldest >= 0 && sketch.frequency(candidate) > sketch.frequency(oldest)
        ? oldest
        : candidate;
    }
    if (oldest >= 0) return oldest;
    const guarded = lists.oldestUnpinned(PROTECTED, pins);
    return guarded >= 0 ? guarded : lists.oldestUnpinned(WINDOW, pins);
  }

  protected leave(slot: number): void {
    this.lists.drop(slot);
  }

  protected reset(): void {
    this.lists.clear();
    this.sketch.clear();
  }
}
