import {
  checkCapacity,
  emptyStats,
  Pins,
  resetStats,
  SlotIndex,
  type CacheStrategy,
  type StrategyStats,
} from '@q/cache';

/** The plainest LRU over {@link SlotIndex} and {@link Pins}: a clock value a slot, a scan for the victim. */
export class SimpleLru implements CacheStrategy {
  readonly name: string = 'simple-lru';
  readonly capacity: number;
  readonly stats: StrategyStats = emptyStats();
  protected readonly index: SlotIndex;
  protected readonly pins: Pins;
  protected readonly used: Float64Array;
  protected now = 0;

  constructor(capacity: number) {
    this.capacity = checkCapacity(capacity);
    this.index = new SlotIndex(capacity);
    this.pins = new Pins(capacity);
    this.used = new Float64Array(capacity);
  }

  find(key: number): number {
    const slot = this.peek(key);
    if (slot < 0) this.stats.misses++;
    else this.stats.hits++;
    if (slot >= 0 && slot < this.capacity) this.used[slot] = ++this.now;
    return slot;
  }

  peek(key: number): number {
    const slot = this.index.find(key, this.stats);
    if (slot >= 0 || this.pins.overflowing === 0) return slot;
    return this.pins.find(key, this.stats);
  }

  place(key: number): number {
    if (this.peek(key) >= 0) throw new RangeError(`key ${key} is cached already`);
    const slot = this.victim();
    if (slot < 0) return this.pins.overflow(key, this.stats);
    if (this.index.keys[slot] !== -1) {
      this.stats.evictions++;
      this.index.delete(slot);
    }
    this.index.set(key, slot);
    this.used[slot] = ++this.now;
    return slot;
  }

  /** The least recently used slot without a pin; empty ones count as never used. */
  protected victim(): number {
    let best = -1;
    for (let slot = 0; slot < this.capacity; slot++) {
      if (this.pins.counts[slot] !== 0) continue;
      if (best < 0 || this.used[slot]! < this.used[best]!) best = slot;
    }
    return best;
  }

  keyAt(slot: number): number {
    return slot < this.capacity ? (this.index.keys[slot] ?? -1) : this.pins.keyAt(slot);
  }

  pin(slot: number): void {
    if (this.keyAt(slot) === -1) throw new RangeError(`slot ${slot} is empty`);
    this.pins.pin(slot);
  }

  unpin(slot: number): void {
    this.pins.unpin(slot);
  }

  remove(slot: number): void {
    if (this.keyAt(slot) === -1) throw new RangeError(`slot ${slot} is empty`);
    this.pins.requireUnpinned(slot);
    if (slot >= this.capacity) this.pins.forget(slot);
    else {
      this.index.delete(slot);
      this.used[slot] = 0;
    }
  }

  clear(): void {
    this.pins.clear();
    this.index.clear();
    this.used.fill(0);
    this.now = 0;
    resetStats(this.stats);
  }
}
