const SEEDS = [
  0xc3a5c85c97cb3127n,
  0xb492b66fbe98f273n,
  0x9ae16a3b2f90404fn,
  0xcbf29ce484222325n,
] as const;

/** A cell, and which of its counters. */
type Place = [number[], number];

/** Caffeine 2's frequency sketch, one array element a counter, in 64-bit integers as Java computes it. */
export class PlainSketch {
  private readonly cells: number[][];
  private readonly sample: number;
  private readonly known = new Map<number, Place[]>();
  private counted = 0;

  constructor(tables: number) {
    const cells = 2 ** Math.ceil(Math.log2(tables));
    this.cells = Array.from({ length: cells }, () => Array<number>(16).fill(0));
    this.sample = 10 * cells;
  }

  increment(key: number): void {
    let added = false;
    for (const [cell, counter] of this.places(key)) {
      if (cell[counter]! < 15) {
        cell[counter]!++;
        added = true;
      }
    }
    if (added && ++this.counted === this.sample) this.age();
  }

  frequency(key: number): number {
    return Math.min(...this.places(key).map(([cell, counter]) => cell[counter]!));
  }

  private places(key: number): Place[] {
    const known = this.known.get(key);
    if (known) return known;
    const places = this.hash(key);
    this.known.set(key, places);
    return places;
  }

  private hash(key: number): Place[] {
    const word = BigInt(key);
    let x = BigInt.asIntN(32, word ^ (word >> 32n));
    for (let i = 0; i < 2; i++) {
      x = BigInt.asIntN(32, (BigInt.asUintN(32, x) >> 16n) ^ x);
      x = BigInt.asIntN(32, x * 0x45d9f3bn);
    }
    x = BigInt.asIntN(32, (BigInt.asUintN(32, x) >> 16n) ^ x);
    const first = Number(x & 3n) * 4;
    return SEEDS.map((seed, row) => {
      let hash = BigInt.asUintN(64, (x + seed) * seed);
      hash += hash >> 32n;
      return [this.cells[Number(hash & BigInt(this.cells.length - 1))]!, first + row];
    });
  }

  private age(): void {
    let odd = 0;
    for (const cell of this.cells) {
      for (let i = 0; i < 16; i++) {
        odd += cell[i]! & 1;
        cell[i] = cell[i]! >> 1;
      }
    }
    this.counted = (this.counted - (odd >> 2)) >> 1;
  }
}
