import { checkCapacity, emptyStats, Pins, resetStats, SlotIndex } from '@q/cache';
import type { CacheStrategy, StrategyStats } from '@q/cache';

/**
 * What every policy over equal slots does the same way: index, pins, overflow, empty slots, counters. A policy adds its order:
 * `find` (the use), `place` (the miss), `leave` (an entry is removed) and `reset`.
 *
 * `find` is not here on purpose: one body for all policies would call back into each of them, and no longer be inlined in a process that
 * compares several.
 */
export abstract class SlotPolicy implements CacheStrategy {
  abstract readonly name: string;
  readonly capacity: number;
  readonly stats: StrategyStats = emptyStats();
  protected readonly index: SlotIndex;
  protected readonly pins: Pins;
  /** Empty slots: a stack, lowest slot on top at the start. */
  private readonly empty: Int32Array;
  private empties = 0;
  /** The key of the last miss, which is therefore not cached, or -1: spares `place` the look-up. A typed array, so that no key is boxed. */
  private readonly missed = new Float64Array(1);

  /** @param tables ordinary slots, 1 to 2^27 */
  constructor(tables: number) {
    this.capacity = checkCapacity(tables);
    this.index = new SlotIndex(tables);
    this.pins = new Pins(tables);
    this.empty = new Int32Array(tables);
    this.refill();
  }

  abstract find(key: number): number;
  abstract place(key: number): number;
  /** Takes `slot` out of the policy's order. Its key is still in the index. */
  protected abstract leave(slot: number): void;
  /** Empties the policy's order. */
  protected abstract reset(): void;

  peek(key: number): number {
    const slot = this.index.find(key, this.stats);
    return slot < 0 && this.pins.overflowing !== 0 ? this.pins.find(key, this.stats) : slot;
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
    if (slot >= this.capacity) {
      this.pins.forget(slot);
      return;
    }
    this.leave(slot);
    this.index.delete(slot);
    this.empty[this.empties++] = slot;
  }

  clear(): void {
    this.pins.clear();
    this.index.clear();
    this.reset();
    this.refill();
    resetStats(this.stats);
  }

  /** The rest of `find` for a key that no ordinary slot holds: an overflow slot and a hit, or -1 and a miss. */
  protected miss(key: number): number {
    if (this.pins.overflowing !== 0) {
      const slot = this.pins.find(key, this.stats);
      if (slot >= 0) {
        this.stats.hits++;
        return slot;
      }
    }
    this.stats.misses++;
    this.missed[0] = key;
    return -1;
  }

  /** The start of `place`: throws a `RangeError` when `key` is cached. */
  protected requireAbsent(key: number): void {
    if (this.missed[0] !== key && this.peek(key) >= 0) {
      throw new RangeError(`key ${key} is cached already`);
    }
    this.missed[0] = -1;
  }

  /** An empty slot, or -1. The caller fills it. */
  protected takeEmpty(): number {
    return this.empties === 0 ? -1 : this.empty[--this.empties]!;
  }

  /** Takes the key of a victim out of the index and counts the eviction. The slot is the caller's to fill. */
  protected evict(slot: number): void {
    this.stats.evictions++;
    this.index.delete(slot);
  }

  private refill(): void {
    this.empties = this.capacity;
    for (let i = 0; i < this.capacity; i++) this.empty[i] = this.capacity - 1 - i;
    this.missed[0] = -1;
  }
}
