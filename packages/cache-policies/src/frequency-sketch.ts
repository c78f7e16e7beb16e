const COUNTER_MAX = 15;

/**
 * How often keys were seen lately: a count-min sketch of 4-bit counters with ageing, the one of Caffeine 2. Its cells hold sixteen counters, four
 * for each of four rows; a key has one counter a row, each in a cell that a multiplicative hash of Java's hash of a `long` chooses.
 * After 10 counted uses for each cell all counters are halved.
 *
 * The counts are Caffeine's to the unit, so that a policy on it decides as Caffeine does. Hashing costs more than counting, so where a key's
 * counters are is kept for every slot: `learn` hashes, `increment` and `frequency` do not.
 *
 * @see Einziger, Friedman, Manes: TinyLFU: A Highly Efficient Cache Admission Policy, 2017
 */
export class FrequencySketch {
  /** The slot to `learn` a key in that has no slot. */
  readonly spare: number;
  /** Quarters of cells: four counters, one a row, row 0 in the low bits. */
  private readonly counters: Uint16Array;
  /** Four numbers a slot: the quarters that hold its key's counters. */
  private readonly quarters: Int32Array;
  private readonly cellMask: number;
  private readonly sample: number;
  private counted = 0;

  /** @param tables entries of the cache: 16 bytes for each, and 8 for each after rounding up to a power of two */
  constructor(tables: number) {
    let cells = 1;
    while (cells < tables) cells *= 2;
    this.spare = tables;
    this.counters = new Uint16Array(cells * 4);
    this.quarters = new Int32Array((tables + 1) * 4);
    this.cellMask = cells - 1;
    this.sample = cells * 10;
  }

  /** Makes `slot` stand for `key` from now on. */
  learn(slot: number, key: number): void {
    const hash = spread(key);
    const { quarters, cellMask } = this;
    const column = hash & 3;
    const at = slot * 4;
    // Caffeine's constants, as two words each.
    quarters[at] = (multiply(hash, 0xc3a5c85c | 0, 0x97cb3127 | 0) & cellMask) * 4 + column;
    quarters[at + 1] = (multiply(hash, 0xb492b66f | 0, 0xbe98f273 | 0) & cellMask) * 4 + column;
    quarters[at + 2] = (multiply(hash, 0x9ae16a3b | 0, 0x2f90404f | 0) & cellMask) * 4 + column;
    quarters[at + 3] = (multiply(hash, 0xcbf29ce4 | 0, 0x84222325 | 0) & cellMask) * 4 + column;
  }

  /** Counts one use of the key of `slot`. A counter stays at 15. */
  increment(slot: number): void {
    const { counters, quarters } = this;
    let added = 0;
    for (let row = 0; row < 4; row++) {
      const at = quarters[slot * 4 + row]!;
      const four = counters[at]!;
      if (((four >>> (row * 4)) & COUNTER_MAX) !== COUNTER_MAX) {
        counters[at] = four + (1 << (row * 4));
        added = 1;
      }
    }
    if (added !== 0 && ++this.counted === this.sample) this.age();
  }

  /** The smallest of the four counters of the key of `slot`: 0 to 15. */
  frequency(slot: number): number {
    const { counters, quarters } = this;
    let least = COUNTER_MAX;
    for (let row = 0; row < 4; row++) {
      const count = (counters[quarters[slot * 4 + row]!]! >>> (row * 4)) & COUNTER_MAX;
      if (count < least) least = count;
    }
    return least;
  }

  /** All counters back to 0. */
  clear(): void {
    this.counters.fill(0);
    this.counted = 0;
  }

  /** Halves all counters. What the odd ones lose comes off the count of uses, too. */
  private age(): void {
    const counters = this.counters;
    let odd = 0;
    for (let i = 0; i < counters.length; i++) {
      const four = counters[i]!;
      // Multiplying sums the four low bits in the top four.
      odd += (((four & 0x1111) * 0x1111) >>> 12) & 15;
      counters[i] = (four >>> 1) & 0x7777;
    }
    this.counted = (this.counted - (odd >>> 2)) >>> 1;
  }
}

/** A key's hash: Java's of a `long`, mixed. */
function spread(key: number): number {
  let x = key | 0;
  if (key >= 0x100000000) x ^= (key / 0x100000000) | 0;
  x = Math.imul((x >>> 16) ^ x, 0x45d9f3b);
  x = Math.imul((x >>> 16) ^ x, 0x45d9f3b);
  return (x >>> 16) ^ x;
}

/** (hash + seed) x seed modulo 2^64, its two words added: the 32 bits that choose a cell. */
function multiply(hash: number, seedHigh: number, seedLow: number): number {
  const low = (hash + seedLow) | 0;
  const carry = low >>> 0 < seedLow >>> 0 ? 1 : 0;
  const high = seedHigh + (hash >> 31) + carry;
  // The product of the low words: 32 x 16 bits at a time stays exact in a double.
  const a = low >>> 0;
  const top = (a * (seedLow >>> 16) + Math.floor((a * (seedLow & 0xffff)) / 65536)) / 65536;
  const productHigh = (top | 0) + Math.imul(low, seedHigh) + Math.imul(high, seedLow);
  return (Math.imul(low, seedLow) + productHigh) | 0;
}
