import type { StrategyStats } from './strategy.ts';

/**
 * An index from keys to slots for strategies: a hash table with chains through the slots, over typed arrays. Nothing is allocated after
 * construction.
 *
 * Rejected: a plain `Map` (130 ns a hit and 17,787 ns an evicting set at 65,536 entries); open addressing with deletion by shifting back,
 * which has to read the keys behind a hole at every eviction (1.5 to 2.5 times slower replays where most uses miss).
 */
export class SlotIndex {
  private readonly shift: number;
  /** The first slot of each chain, or -1. */
  private readonly heads: Int32Array;
  /** The slot after a slot in its chain, or -1. */
  private readonly nexts: Int32Array;
  /** Keys by slot, or -1. Keys are safe integers, hence doubles. */
  readonly keys: Float64Array;

  /** @param slots how many slots there are to index, ghost entries included */
  constructor(slots: number) {
    // Few chains are longer than one: four heads a slot where they are small, two where they fill a processor's cache.
    const heads = slots <= 16384 ? slots * 4 : slots * 2;
    let bits = 2;
    while (2 ** bits < heads) bits++;
    this.shift = 32 - bits;
    this.heads = new Int32Array(2 ** bits).fill(-1);
    this.nexts = new Int32Array(slots);
    this.keys = new Float64Array(slots).fill(-1);
  }

  private home(key: number): number {
    // Fibonacci hashing of the low word, with the high word folded in for keys of 32 bits and more.
    const low = key | 0;
    const folded = key < 0x80000000 ? low : low ^ Math.imul((key / 4294967296) | 0, 0x85ebca6b);
    // The shift keeps keys at strides of large powers of two apart.
    return Math.imul(folded ^ (folded >>> 15), 0x9e3779b1) >>> this.shift;
  }

  /** The slot of `key`, or -1. Adds the comparisons made to `stats.probes`. */
  find(key: number, stats: StrategyStats): number {
    const keys = this.keys;
    let slot = this.heads[this.home(key)]!;
    let probes = 0;
    while (slot >= 0) {
      probes++;
      if (keys[slot] === key) break;
      slot = this.nexts[slot]!;
    }
    stats.probes += probes;
    return slot;
  }

  /** Puts `key` into `slot`. The slot must be empty, the key unknown. */
  set(key: number, slot: number): void {
    const heads = this.heads;
    const home = this.home(key);
    this.nexts[slot] = heads[home]!;
    heads[home] = slot;
    this.keys[slot] = key;
  }

  /** Empties `slot`. It must hold a key. */
  delete(slot: number): void {
    const { heads, nexts } = this;
    const home = this.home(this.keys[slot]!);
    let at = heads[home]!;
    if (at === slot) heads[home] = nexts[slot]!;
    else {
      while (nexts[at] !== slot) at = nexts[at]!;
      nexts[at] = nexts[slot]!;
    }
    this.keys[slot] = -1;
  }

  /** Empties the index. */
  clear(): void {
    this.heads.fill(-1);
    this.keys.fill(-1);
  }
}
