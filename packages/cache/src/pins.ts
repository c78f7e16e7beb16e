import type { StrategyStats } from './strategy.ts';

/**
 * Pin counts of all slots, and the overflow slots a strategy hands out when all its candidates are pinned.
 * Every strategy holds one. Overflow entries are few and short-lived, so they are searched one by one, and only when there are any.
 *
 * States of an overflow slot: empty (key -1) -> placed, no pin yet -> pinned -> empty at the last unpin. A placed one that was never pinned
 * is reused by the next overflow (the caller did not want it).
 */
export class Pins {
  /** Pins held on ordinary slots, one count a slot. Read it directly where a loop looks for a victim. */
  readonly counts: Int32Array;
  /** Overflow entries at the moment. While it is 0, `find` below need not be called. */
  overflowing = 0;
  private readonly capacity: number;
  private keys: number[] = [];
  private held: number[] = [];
  private total = 0;

  constructor(capacity: number) {
    this.capacity = capacity;
    this.counts = new Int32Array(capacity);
  }

  /** The overflow slot of `key`, or -1. */
  find(key: number, stats: StrategyStats): number {
    for (let i = 0; i < this.keys.length; i++) {
      stats.probes++;
      if (this.keys[i] === key) return this.capacity + i;
    }
    return -1;
  }

  /** Gives `key` an overflow slot. */
  overflow(key: number, stats: StrategyStats): number {
    stats.overflows++;
    let i = 0;
    while (i < this.keys.length && this.keys[i] !== -1 && this.held[i] !== 0) i++;
    if (this.keys[i] === undefined || this.keys[i] === -1) this.overflowing++;
    this.keys[i] = key;
    this.held[i] = 0;
    return this.capacity + i;
  }

  /** The key in an overflow slot, or -1. */
  keyAt(slot: number): number {
    return this.keys[slot - this.capacity] ?? -1;
  }

  /** One more pin. The caller has checked that an ordinary slot is not empty. Overflow slots are checked here. */
  pin(slot: number): void {
    this.total++;
    if (slot < this.capacity) this.counts[slot]!++;
    else if (this.keyAt(slot) === -1) {
      this.total--;
      throw new RangeError(`slot ${slot} is empty and cannot be pinned`);
    } else this.held[slot - this.capacity]!++;
  }

  /** One pin less; returns the pins left. At the last one an overflow slot is emptied. */
  unpin(slot: number): number {
    if (this.count(slot) === 0) throw new RangeError(`slot ${slot} is not pinned`);
    this.total--;
    if (slot < this.capacity) return --this.counts[slot]!;
    const left = --this.held[slot - this.capacity]!;
    if (left === 0) this.forget(slot);
    return left;
  }

  /** Pins held on `slot`. */
  count(slot: number): number {
    return (slot < this.capacity ? this.counts[slot] : this.held[slot - this.capacity]) ?? 0;
  }

  /** Empties an unpinned overflow slot. */
  forget(slot: number): void {
    this.keys[slot - this.capacity] = -1;
    this.held[slot - this.capacity] = 0;
    this.overflowing--;
    if (this.overflowing === 0) {
      this.keys = [];
      this.held = [];
    }
  }

  /** Throws a `RangeError` when `slot` is pinned: for `remove`. */
  requireUnpinned(slot: number): void {
    if (this.count(slot) !== 0) throw new RangeError(`slot ${slot} is pinned`);
  }

  /** Forgets all overflow entries: for `clear`. Pins still held are a `RangeError`. */
  clear(): void {
    if (this.total !== 0) throw new RangeError(`${this.total} pins are still held`);
    this.keys = [];
    this.held = [];
    this.overflowing = 0;
  }
}
