import { type CacheStrategy, checkCapacity, emptyStats, Pins, resetStats } from '@q/cache';
import { RecentSlots } from './recent-slots.ts';
import { type IndexBy, SetIndex } from './set-index.ts';

/** How to make a direct-mapped cache. */
export interface DirectMappedOptions {
  /** Slots, 1 to 2^27. Default 128. */
  readonly tables?: number;
  /** How a key chooses its set. Default `hash`; `mod` is what the original proposal did. */
  readonly index?: IndexBy;
  /**
   * Entries of a table of recently found slots in front, 1 to 2^27, rounded up to a power of two; `true` for 64; `false`, the default, for none.
   * It saves comparisons and changes no decision.
   */
  readonly recent?: number | boolean;
}

/** How to make a set-associative cache. */
export interface SetAssocOptions extends DirectMappedOptions {
  /** Slots of a set, from 1. Default 8. As many as there are tables: one set, plain LRU. */
  readonly ways?: number;
}

/** What {@link setAssoc} does when it is not told. */
export const SET_ASSOC_DEFAULTS = {
  tables: 128,
  ways: 8,
  index: 'hash',
  recent: false,
} as const satisfies Required<SetAssocOptions>;

/** Entries of the table of recent slots when it is asked for without a number. */
export const RECENT_ENTRIES = 64;

/**
 * Sets of `ways` slots, least recently used within a set: every operation costs at most `ways` comparisons. A key whose set is pinned whole
 * goes to an overflow slot, wherever else there may be room.
 *
 * A use lasts until its last pin goes. When `ways` does not divide `tables`, see {@link SetIndex}: no slot is wasted, no set has more ways.
 *
 * @throws RangeError for numbers out of range
 */
export function setAssoc(options: SetAssocOptions = {}): CacheStrategy {
  const { tables, ways, index, recent } = { ...SET_ASSOC_DEFAULTS, ...options };
  const entries = recent === true ? RECENT_ENTRIES : recent;
  return new SetAssoc(
    checkCapacity(tables),
    checkCapacity(ways, 'ways'),
    index,
    entries === false ? undefined : new RecentSlots(checkCapacity(entries, 'recent')),
  );
}

/**
 * One slot for each key to live in: no search, no order, and no help when two keys in use want the same slot. The proposal of the qcow2 cache
 * discussion (Zhang Haoyu, 2015), index by remainder there.
 *
 * @throws RangeError for numbers out of range
 */
export function directMapped(options: DirectMappedOptions = {}): CacheStrategy {
  return setAssoc({ ...options, ways: 1 });
}

class SetAssoc implements CacheStrategy {
  readonly name: string;
  readonly capacity: number;
  readonly stats = emptyStats();
  private readonly sets: SetIndex;
  private readonly recent: RecentSlots | undefined;
  private readonly pins: Pins;
  /** By slot, or -1; the slots of a set are neighbours. */
  private readonly keys: Float64Array;
  /** When a slot was last used or released, 0 when it is empty. Counts to 2^53: a use every nanosecond for three months, and doubles after. */
  private readonly used: Float64Array;
  private uses = 0;
  /** The slot used last: looked at first, since two uses in five are of the same table as the one before. */
  private last = 0;

  constructor(tables: number, ways: number, index: IndexBy, recent: RecentSlots | undefined) {
    this.name = `${ways === 1 ? 'direct' : `set-assoc-${ways}`}:${index}`;
    this.capacity = tables;
    this.sets = new SetIndex(tables, ways, index);
    this.recent = recent;
    this.pins = new Pins(tables);
    this.keys = new Float64Array(tables).fill(-1);
    this.used = new Float64Array(tables);
  }

  find(key: number): number {
    const stats = this.stats;
    const last = this.last;
    if (this.keys[last] === key) {
      stats.probes++;
      stats.hits++;
      return last;
    }
    const recent = this.recent;
    if (recent !== undefined) {
      const slot = recent.hint(key);
      stats.probes++;
      if (this.keys[slot] === key) {
        stats.hits++;
        this.use(slot);
        return slot;
      }
    }
    const slot = this.search(key);
    if (slot < 0) return this.miss(key);
    stats.hits++;
    this.use(slot);
    if (recent !== undefined) recent.note(key, slot);
    return slot;
  }

  private use(slot: number): void {
    this.used[slot] = ++this.uses;
    this.last = slot;
  }

  /** The slot of `key` in its set, or -1. */
  private search(key: number): number {
    const keys = this.keys;
    const set = this.sets.setOf(key);
    const start = this.sets.start(set);
    const end = this.sets.end(set);
    for (let slot = start; slot < end; slot++) {
      if (keys[slot] === key) {
        this.stats.probes += slot - start + 1;
        return slot;
      }
    }
    this.stats.probes += end - start;
    return -1;
  }

  private miss(key: number): number {
    const slot = this.searchOverflow(key);
    if (slot < 0) this.stats.misses++;
    else this.stats.hits++;
    return slot;
  }

  private searchOverflow(key: number): number {
    return this.pins.overflowing === 0 ? -1 : this.pins.find(key, this.stats);
  }

  peek(key: number): number {
    const slot = this.search(key);
    return slot < 0 ? this.searchOverflow(key) : slot;
  }

  place(key: number): number {
    if (this.searchOverflow(key) >= 0) throw cached(key);
    const slot = this.victim(key);
    if (slot < 0) return this.pins.overflow(key, this.stats);
    if (this.keys[slot] !== -1) this.stats.evictions++;
    this.keys[slot] = key;
    this.use(slot);
    if (this.recent !== undefined) this.recent.note(key, slot);
    return slot;
  }

  /** The slot of the set that was used longest ago, an empty one before all, or -1 when all are pinned. Finds the key on its way if it is there. */
  private victim(key: number): number {
    const keys = this.keys;
    const used = this.used;
    const pins = this.pins.counts;
    const set = this.sets.setOf(key);
    const start = this.sets.start(set);
    const end = this.sets.end(set);
    let victim = -1;
    let least = Infinity;
    for (let slot = start; slot < end; slot++) {
      if (keys[slot] === key) throw cached(key);
      if (used[slot]! < least && pins[slot] === 0) {
        least = used[slot]!;
        victim = slot;
      }
    }
    this.stats.probes += end - start;
    return victim;
  }

  keyAt(slot: number): number {
    return slot < this.capacity ? (this.keys[slot] ?? -1) : this.pins.keyAt(slot);
  }

  pin(slot: number): void {
    if (this.keyAt(slot) === -1) throw new RangeError(`slot ${slot} is empty and cannot be pinned`);
    this.pins.pin(slot);
  }

  unpin(slot: number): void {
    if (this.pins.unpin(slot) === 0 && slot < this.capacity) this.use(slot);
  }

  remove(slot: number): void {
    if (this.keyAt(slot) === -1) throw new RangeError(`slot ${slot} is empty`);
    this.pins.requireUnpinned(slot);
    if (slot >= this.capacity) {
      this.pins.forget(slot);
      return;
    }
    this.keys[slot] = -1;
    this.used[slot] = 0;
  }

  clear(): void {
    this.pins.clear();
    this.keys.fill(-1);
    this.used.fill(0);
    this.uses = 0;
    this.last = 0;
    this.recent?.clear();
    resetStats(this.stats);
  }
}

function cached(key: number): RangeError {
  return new RangeError(`key ${key} is cached already`);
}
