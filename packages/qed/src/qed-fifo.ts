import {
  checkCapacity,
  emptyStats,
  Pins,
  resetStats,
  SlotIndex,
  type CacheStrategy,
  type StrategyStats,
} from '@q/cache';
import { QED_L2_CACHE_TABLES } from './l2-cache.ts';

/**
 * The decisions of QED's L2 cache as a strategy: first in, first out, hits move nothing, pinned entries are passed over and keep their place.
 * Counts what `QedL2Cache` does on the same accesses, in typed arrays instead of objects. Where that cache grows because all is in use, this one
 * gives an overflow slot, as the contract has it: the entry leaves at its last unpin, not at a later commit.
 *
 * @param options.tables ordinary slots, 1 to 2^27. Default 50, as QEMU has
 * @throws RangeError when `tables` is out of range
 */
export function qedFifo(options: { readonly tables?: number } = {}): QedFifo {
  return new QedFifo(options.tables ?? QED_L2_CACHE_TABLES);
}

/** The strategy that `qedFifo` makes. */
export class QedFifo implements CacheStrategy {
  readonly name = 'qed-fifo';
  readonly capacity: number;
  readonly stats: StrategyStats = emptyStats();
  private readonly index: SlotIndex;
  private readonly pins: Pins;
  /** The slot that came after a slot, and before it. Empty slots are chained by `after`. Index `capacity` is both ends of the queue. */
  private readonly after: Int32Array;
  private readonly before: Int32Array;
  private empty = 0;
  /** The key of the last miss, which is therefore not cached, or -1: spares `place` the look-up. A typed array, so that no key is boxed. */
  private readonly missed = new Float64Array(1);

  constructor(tables: number) {
    this.capacity = checkCapacity(tables);
    this.index = new SlotIndex(tables);
    this.pins = new Pins(tables);
    this.after = new Int32Array(tables + 1);
    this.before = new Int32Array(tables + 1);
    this.reset();
  }

  find(key: number): number {
    const slot = this.peek(key);
    if (slot < 0) {
      this.stats.misses++;
      this.missed[0] = key;
    } else this.stats.hits++;
    return slot;
  }

  peek(key: number): number {
    const slot = this.index.find(key, this.stats);
    return slot < 0 && this.pins.overflowing !== 0 ? this.pins.find(key, this.stats) : slot;
  }

  place(key: number): number {
    if (this.missed[0] !== key && this.peek(key) >= 0) {
      throw new RangeError(`key ${key} is cached already`);
    }
    this.missed[0] = -1;
    let slot = this.empty;
    if (slot >= 0) this.empty = this.after[slot]!;
    else {
      slot = this.victim();
      if (slot < 0) return this.pins.overflow(key, this.stats);
      this.stats.evictions++;
      this.unlink(slot);
      this.index.delete(slot);
    }
    this.index.set(key, slot);
    this.append(slot);
    return slot;
  }

  keyAt(slot: number): number {
    return slot < this.capacity ? (this.index.keys[slot] ?? -1) : this.pins.keyAt(slot);
  }

  pin(slot: number): void {
    if (this.keyAt(slot) === -1) throw new RangeError(`slot ${slot} is empty and cannot be pinned`);
    this.pins.pin(slot);
  }

  unpin(slot: number): void {
    this.pins.unpin(slot);
  }

  remove(slot: number): void {
    if (this.keyAt(slot) === -1) throw new RangeError(`slot ${slot} is empty`);
    this.pins.requireUnpinned(slot);
    if (slot >= this.capacity) return this.pins.forget(slot);
    this.unlink(slot);
    this.index.delete(slot);
    this.after[slot] = this.empty;
    this.empty = slot;
  }

  clear(): void {
    this.pins.clear();
    this.index.clear();
    resetStats(this.stats);
    this.reset();
  }

  /** The oldest entry without a pin, or -1. */
  private victim(): number {
    const { after, capacity } = this;
    const pins = this.pins.counts;
    let slot = after[capacity]!;
    while (slot !== capacity && pins[slot] !== 0) slot = after[slot]!;
    return slot === capacity ? -1 : slot;
  }

  private append(slot: number): void {
    const { after, before, capacity } = this;
    const last = before[capacity]!;
    after[last] = slot;
    before[slot] = last;
    after[slot] = capacity;
    before[capacity] = slot;
  }

  private unlink(slot: number): void {
    const { after, before } = this;
    const next = after[slot]!;
    const previous = before[slot]!;
    after[previous] = next;
    before[next] = previous;
  }

  private reset(): void {
    const { after, capacity } = this;
    for (let slot = 0; slot < capacity; slot++) after[slot] = slot + 1;
    after[capacity - 1] = -1;
    after[capacity] = capacity;
    this.before[capacity] = capacity;
    this.empty = 0;
    this.missed[0] = -1;
  }
}
