/** How a key chooses its set: its remainder by the number of sets, or a hash of it. */
export type IndexBy = 'mod' | 'hash';

/**
 * Which slots a key may live in. The slots are dealt out to as few sets as leave none with more than `ways` slots; when they cannot be equal
 * the first sets have one slot more than the last.
 */
export class SetIndex {
  readonly sets: number;
  private readonly hashed: boolean;
  private readonly ratio: number;
  private readonly base: number;
  private readonly extra: number;

  constructor(tables: number, ways: number, index: IndexBy) {
    this.sets = Math.ceil(tables / ways);
    this.hashed = index === 'hash';
    this.ratio = this.sets / 2 ** 32;
    this.base = Math.floor(tables / this.sets);
    this.extra = tables % this.sets;
  }

  /** The set of `key`, from 0. */
  setOf(key: number): number {
    const low = key >>> 0;
    // The remainder of two doubles is a call; the one of two words is an instruction.
    if (!this.hashed) return low === key ? low % this.sets : key % this.sets;
    const folded = low === key ? low : low ^ Math.imul((key / 2 ** 32) | 0, 0x85ebca6b);
    // Two rounds of MurmurHash3's finalizer. Plain Fibonacci hashing (one multiplication) leaves 1024 of 65536 sets to keys 2^22 apart.
    let spread = Math.imul(folded ^ (folded >>> 16), 0x85ebca6b);
    spread = Math.imul(spread ^ (spread >>> 13), 0xc2b2ae35) >>> 0;
    // Its high bits, as a fraction of 2^32, choose the set.
    return Math.floor(spread * this.ratio);
  }

  /** The first slot of `set`. */
  start(set: number): number {
    return set * this.base + (set < this.extra ? set : this.extra);
  }

  /** The slot after the last one of `set`. */
  end(set: number): number {
    return this.start(set + 1);
  }
}
