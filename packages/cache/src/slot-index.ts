import type { StrategyStats } from './strategy.ts';

/**
 * An index from keys to slots for strategies: open addressing with linear probing over typed arrays, at most half full, deletion by
 * shifting back (no tombstones). Nothing is allocated after construction.
 *
 * A plain `Map` was measured instead: 130 ns a hit and 17,787 ns an evicting set at 65,536 entries, against 34 and 128 here.
 */
export class SlotIndex {
  private readonly mask: number;
  private readonly shift: number;
  /** slot + 1, or 0 for an empty place */
  private readonly places: Int32Array;
  /** Keys by slot, or -1. Keys are safe integers, hence doubles. */
  readonly keys: Float64Array;

  /** @param slots how many slots there are to index, ghost entries included */
  constructor(slots: number) {
    let bits = 2;
    while (2 ** bits < slots * 2) bits++;
    this.mask = 2 ** bits - 1;
    this.shift = 32 - bits;
    this.places = new Int32Array(2 ** bits);
    this.keys = new Float64Array(slots).fill(-1);
  }

  private home(key: number): number {
    // Fibonacci hashing of the low word, with the high word folded in for keys of 32 bits and more.
    const low = key | 0;
    const folded = key < 0x80000000 ? low : low ^ Math.imul((key / 4294967296) | 0, 0x85ebca6b);
    return Math.imul(folded, 0x9e3779b1) >>> this.shift;
  }

  /** The slot of `key`, or -1. Adds the comparisons made to `stats.probes`. */
  find(key: number, stats: StrategyStats): number {
    const places = this.places;
    const keys = this.keys;
    const mask = this.mask;
    let at = this.home(key);
    let probes = 0;
    for (;;) {
      const slot = places[at]! - 1;
      if (slot < 0) break;
      probes++;
      if (keys[slot] === key) {
        stats.probes += probes;
        return slot;
      }
      at = (at + 1) & mask;
    }
    stats.probes += probes;
    return -1;
  }

  /** Puts `key` into `slot`. The slot must be empty, the key unknown. */
  set(key: number, slot: number): void {
    const places = this.places;
    let at = this.home(key);
    while (places[at] !== 0) at = (at + 1) & this.mask;
    places[at] = slot + 1;
    this.keys[slot] = key;
  }

  /** Empties `slot`. It must hold a key. */
  delete(slot: number): void {
    const places = this.places;
    const keys = this.keys;
    const mask = this.mask;
    let hole = this.home(keys[slot]!);
    while (places[hole] !== slot + 1) hole = (hole + 1) & mask;
    keys[slot] = -1;
    // Shift back every later entry of the run whose home is not after the hole.
    let at = hole;
    for (;;) {
      at = (at + 1) & mask;
      const other = places[at]! - 1;
      if (other < 0) break;
      const home = this.home(keys[other]!);
      if (((at - home) & mask) >= ((at - hole) & mask)) {
        places[hole] = other + 1;
        hole = at;
      }
    }
    places[hole] = 0;
  }

  /** Empties the index. */
  clear(): void {
    this.places.fill(0);
    this.keys.fill(-1);
  }
}
