/** What a strategy counts. All integers; they only grow until `clear`. */
export interface StrategyStats {
  /** Finds that found. */
  hits: number;
  /** Finds that did not. */
  misses: number;
  /** Entries that left because `place` needed room. `remove`, `clear` and the end of an overflow slot do not count. */
  evictions: number;
  /** Places that got an overflow slot because every candidate was pinned. */
  overflows: number;
  /** Key comparisons made by `find`, `peek` and `place` together. */
  probes: number;
  /** Rotations of a tree index; 0 for other designs. */
  rotations: number;
}

/**
 * Which table lives in which slot, and which one leaves. Pure decision: synchronous, integers only, no bytes, no files,
 * no promises. The same object decides in the simulator and in a live driver, so both must count the same.
 *
 * A key is a non-negative safe integer (a table's number: host offset divided by the table's size). A slot is an integer from 0;
 * slots below `capacity` are ordinary, slots from `capacity` up are overflow slots.
 */
export interface CacheStrategy {
  readonly name: string;
  /** Ordinary slots. */
  readonly capacity: number;
  /** The slot of `key`, or -1. A find is a use: it counts a hit or a miss and refreshes what the policy refreshes. */
  find(key: number): number;
  /** The slot of `key`, or -1, without being a use: no hit, no miss, no change of order. */
  peek(key: number): number;
  /**
   * A slot for a `key` that is not cached (a caller's `find` has just said so). Takes an empty slot or evicts an unpinned entry.
   * When every candidate is pinned the answer is an overflow slot (>= capacity, the lowest that is free); it leaves the cache when its last
   * pin goes. One that nobody has pinned may be reused by the next overflow. No entry ever changes its slot: the bytes stay where they are.
   * A key that is cached already is a `RangeError`.
   */
  place(key: number): number;
  /** The key in `slot`, or -1 when it is empty. */
  keyAt(slot: number): number;
  /** Forbids eviction of `slot`. Counts: as many unpins undo it. A pin on an empty slot is a `RangeError`. */
  pin(slot: number): void;
  /** Undoes one pin. The last unpin of an overflow slot empties it. An unpin without a pin is a `RangeError`. */
  unpin(slot: number): void;
  /** Forgets the entry. A pinned or empty slot is a `RangeError`. */
  remove(slot: number): void;
  /** Back to the state after construction, stats included. With pins still held it is a `RangeError`. */
  clear(): void;
  readonly stats: StrategyStats;
}

/** Stats at zero, in the one shape that every strategy uses. */
export function emptyStats(): StrategyStats {
  return { hits: 0, misses: 0, evictions: 0, overflows: 0, probes: 0, rotations: 0 };
}

/** Sets all counters back to zero. */
export function resetStats(stats: StrategyStats): void {
  stats.hits = 0;
  stats.misses = 0;
  stats.evictions = 0;
  stats.overflows = 0;
  stats.probes = 0;
  stats.rotations = 0;
}

/** Checks a capacity given by a caller: an integer from 1 to 2^27. Throws a `RangeError` that names `what`. */
export function checkCapacity(tables: number, what = 'tables'): number {
  if (!Number.isInteger(tables) || tables < 1 || tables > 2 ** 27) {
    throw new RangeError(`${what} must be an integer from 1 to ${2 ** 27}, not ${tables}`);
  }
  return tables;
}
