/**
 * One record of 32 bytes for each slot: what the tree and the list know of it lies in half a cache line.
 *
 * | 32-bit word | holds |
 * |---|---|
 * | 0, 1 | left and right child |
 * | 2, 3 | parent, colour |
 * | 4, 5 | neighbours in the list of uses: the next younger, the next older |
 * | 6, 7 | the key, a double |
 *
 * Two records follow those of the slots. `nil` ends tree and list: it is the black leaf of every branch, and its neighbours are the
 * oldest and the youngest. `gap` is where {@link RedBlackTree} keeps the key that it last did not find.
 */
export class SlotRecords {
  /** Record `r` begins at `links[r * WORDS]`. */
  readonly links: Int32Array;
  /** The key of record `r` is `keys[r * DOUBLES + KEY]`; -1 is no key. */
  readonly keys: Float64Array;
  readonly nil: number;
  readonly gap: number;

  constructor(slots: number) {
    const buffer = new ArrayBuffer((slots + 2) * WORDS * 4);
    this.links = new Int32Array(buffer);
    this.keys = new Float64Array(buffer);
    this.nil = slots;
    this.gap = slots + 1;
    this.clear();
  }

  /** The key of a slot, or -1. */
  keyAt(slot: number): number {
    return this.keys[slot * DOUBLES + KEY] ?? -1;
  }

  /** Back to no keys and no links. */
  clear(): void {
    this.links.fill(0);
    for (let record = 0; record <= this.gap; record++) this.keys[record * DOUBLES + KEY] = -1;
  }
}

/** 32-bit words of a record. */
export const WORDS = 8;
export const LEFT = 0;
export const RIGHT = 1;
export const PARENT = 2;
export const COLOUR = 3;
export const YOUNGER = 4;
export const OLDER = 5;
/** Doubles of a record, and which of them is the key. */
export const DOUBLES = 4;
export const KEY = 3;
