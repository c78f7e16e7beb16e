// Two words each, high and low, of the four odd 64-bit constants that Caffeine multiplies with.
const SEEDS = Int32Array.of(
  0xc3a5c85c,
  0x97cb3127,
  0xb492b66f,
  0xbe98f273,
  0x9ae16a3b,
  0x2f90404f,
  0xcbf29ce4,
  0x84222325,
);

/**
 * How often a key was seen lately: a count-min sketch of 4-bit counters with ageing, the one of Caffeine 2. Its cells hold sixteen counters; a
 * key has one counter in each of four cells, chosen by four multiplicative hashes of Java's hash of a `long`. After 10 counted uses
 * for each cell all counters are halved.
 *
 * The counts are Caffeine's to the unit, so that a policy on it decides as Caffeine does.
 *
 * @see Einziger, Friedman, Manes: TinyLFU: A Highly Efficient Cache Admission Policy, 2017
 */
export class FrequencySketch {
  /** Eight counters a word, two words a cell. */
  private readonly words: Int32Array;
  private readonly cellMask: number;
  private readonly sample: number;
  private counted = 0;

  /** @param tables entries of the cache it serves: a cell of 8 bytes for each, rounded up to a power of two */
  constructor(tables: number) {
    let cells = 1;
    while (cells < tables) cells *= 2;
    this.words = new Int32Array(cells * 2);
    this.cellMask = cells - 1;
    this.sample = cells * 10;
  }

  /** Counts one use of `key`. A counter stays at 15. */
  increment(key: number): void {
    const hash = spread(key);
    const first = (hash & 3) << 2;
    let added = 0;
    for (let i = 0; i < 4; i++) {
      const at = this.wordOf(hash, i, first);
      const shift = ((first + i) & 7) << 2;
      const word = this.words[at]!;
      if (((word >>> shift) & 15) !== 15) {
        this.words[at] = word + (1 << shift);
        added = 1;
      }
    }
    if (added !== 0 && ++this.counted === this.sample) this.age();
  }

  /** The smallest of the four counters of `key`: 0 to 15. */
  frequency(key: number): number {
    const hash = spread(key);
    const first = (hash & 3) << 2;
    let least = 15;
    for (let i = 0; i < 4; i++) {
      const word = this.words[this.wordOf(hash, i, first)]!;
      least = Math.min(least, (word >>> (((first + i) & 7) << 2)) & 15);
    }
    return least;
  }

  /** All counters back to 0. */
  clear(): void {
    this.words.fill(0);
    this.counted = 0;
  }

  /** The word of counter `i` of a key: which cell says the hash, which half of it the counter's number. */
  private wordOf(hash: number, i: number, first: number): number {
    const cell = multiply(hash, SEEDS[2 * i]!, SEEDS[2 * i + 1]!) & this.cellMask;
    return 2 * cell + ((first + i) >> 3);
  }

  /** Halves all counters. What the odd ones lose comes off the count of uses, too. */
  private age(): void {
    const words = this.words;
    let odd = 0;
    for (let i = 0; i < words.length; i++) {
      const word = words[i]!;
      // Multiplying sums the eight low bits in the top four.
      odd += Math.imul(word & 0x11111111, 0x11111111) >>> 28;
      words[i] = (word >>> 1) & 0x77777777;
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
