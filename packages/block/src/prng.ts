/**
 * A small seeded generator (sfc32, by Chris Doty-Humphrey, state filled by splitmix32), for tests and for the layers whose whims must be
 * repeatable. The same seed gives the same numbers on every machine. Not for secrets.
 */
export class Prng {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  /** @param seed any number; its low 32 bits count */
  constructor(seed: number) {
    let state = seed | 0;
    const split = (): number => {
      state = (state + 0x9e3779b9) | 0;
      let word = state ^ (state >>> 16);
      word = Math.imul(word, 0x21f0aaad);
      word ^= word >>> 15;
      word = Math.imul(word, 0x735a2d97);
      return word ^ (word >>> 15);
    };
    this.#a = split();
    this.#b = split();
    this.#c = split();
    for (let round = 0; round < 12; round++) this.uint32();
  }

  /** The next number, 0 to 2^32 - 1. */
  uint32(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  /** A number in [0, 1), of 53 random bits. */
  unit(): number {
    return ((this.uint32() >>> 5) * 0x4000000 + (this.uint32() >>> 6)) / 0x20000000000000;
  }

  /** A whole number in [0, bound), for any `bound` from 1 up to 2^53. */
  below(bound: number): number {
    if (!Number.isSafeInteger(bound) || bound < 1) {
      throw new RangeError(`the bound must be a whole number above 0, not ${bound}`);
    }
    return bound <= 0x100000000
      ? Math.floor((this.uint32() * bound) / 0x100000000)
      : Math.floor(this.unit() * bound);
  }

  /** True with this probability. */
  chance(probability: number): boolean {
    return this.unit() < probability;
  }

  /** One of `choices`, which must not be empty. */
  pick<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)] as T;
  }

  /** Fills `into` with random bytes, and returns it. */
  fill(into: Uint8Array): Uint8Array {
    let word = 0;
    for (let at = 0; at < into.length; at++) {
      if ((at & 3) === 0) word = this.uint32();
      into[at] = word >>> ((at & 3) * 8);
    }
    return into;
  }
}
