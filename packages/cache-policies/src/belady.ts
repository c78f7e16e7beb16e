import { AnnouncedFuture } from './future.ts';
import type { Future } from './future.ts';
import { SlotHeap } from './slot-heap.ts';
import { SlotPolicy } from './slot-policy.ts';

/**
 * Belady's bound: the entry whose next use is farthest away leaves. No policy that must keep every missed table misses less; none that does
 * not know the future reaches it. It does not bypass: a missed key always gets a slot.
 *
 * Every `find` is one use of the announced sequence, in its order; `clear` goes back to its beginning. A use costs O(log tables), or
 * O(pinned x log tables) when pinned entries are passed. The future costs 4 bytes a use beside the sequence itself.
 *
 * @param options.tables ordinary slots, 1 to 2^27
 * @param options.future the keys of all finds to come, in order. A `Float64Array` is kept, not copied: do not change it
 * @throws RangeError when `tables` is out of range; from `find`, when its key is not the one announced (the state stays as it was)
 * @see Belady: A Study of Replacement Algorithms for a Virtual-Storage Computer, 1966; Mattson, Gecsei, Slutz, Traiger: Evaluation
 * Techniques for Storage Hierarchies, 1970
 */
export function belady(options: {
  readonly tables: number;
  readonly future: Float64Array | readonly number[];
}): Belady {
  return new Belady(options.tables, new AnnouncedFuture(options.future));
}

/** The strategy that `belady` makes. */
export class Belady extends SlotPolicy {
  readonly name = 'belady';
  private readonly future: Future;
  private readonly heap: SlotHeap;
  /** Pinned slots that a search for a victim has passed. */
  private readonly passed: Int32Array;

  constructor(tables: number, future: Future) {
    super(tables);
    this.future = future;
    this.heap = new SlotHeap(tables);
    this.passed = new Int32Array(tables);
  }

  find(key: number): number {
    const next = this.future.use(key);
    const slot = this.index.find(key, this.stats);
    if (slot < 0) return this.miss(key);
    this.stats.hits++;
    this.heap.raise(slot, next);
    return slot;
  }

  place(key: number): number {
    this.requireAbsent(key);
    let slot = this.takeEmpty();
    if (slot < 0) {
      slot = this.victim();
      if (slot < 0) return this.pins.overflow(key, this.stats);
      this.evict(slot);
      this.heap.drop(slot);
    }
    this.index.set(key, slot);
    this.heap.add(slot, this.future.next(key));
    return slot;
  }

  private victim(): number {
    const { heap, passed } = this;
    const pins = this.pins.counts;
    let count = 0;
    while (heap.size > 0 && pins[heap.top()] !== 0) {
      const slot = heap.top();
      heap.drop(slot);
      passed[count++] = slot;
    }
    const victim = heap.size > 0 ? heap.top() : -1;
    while (count > 0) heap.restore(passed[--count]!);
    return victim;
  }

  protected leave(slot: number): void {
    this.heap.drop(slot);
  }

  protected reset(): void {
    this.heap.clear();
    this.future.restart();
  }
}
