import { OLDER, type SlotRecords, WORDS, YOUNGER } from './slot-records.ts';

/**
 * Slots in the order of their last use, as a ring through the `nil` record. A slot outside the ring is linked to itself, so taking it out
 * again changes nothing and `touch` need not ask whether it is inside.
 */
export class UseList {
  private readonly links: Int32Array;
  private readonly nil: number;

  constructor(records: SlotRecords) {
    this.links = records.links;
    this.nil = records.nil;
    this.clear();
  }

  /** The slot whose last use is longest ago, or `nil`. */
  oldest(): number {
    return this.links[this.nil * WORDS + YOUNGER]!;
  }

  /**
   * Makes `slot` the youngest, whether it was in the ring or not. Without a test for the slot that is the youngest already: on block traces
   * that is the case at every other use, and a branch guessed wrong every fourth time costs more than the writes (49 against 58 million
   * accesses a second at 64 tables).
   */
  touch(slot: number): void {
    const links = this.links;
    const nil = this.nil * WORDS;
    const at = slot * WORDS;
    const younger = links[at + YOUNGER]!;
    const older = links[at + OLDER]!;
    links[younger * WORDS + OLDER] = older;
    links[older * WORDS + YOUNGER] = younger;
    const youngest = links[nil + OLDER]!;
    links[at + YOUNGER] = this.nil;
    links[at + OLDER] = youngest;
    links[youngest * WORDS + YOUNGER] = slot;
    links[nil + OLDER] = slot;
  }

  /** Takes `slot` out of the ring, if it is in. */
  leave(slot: number): void {
    const links = this.links;
    const at = slot * WORDS;
    const younger = links[at + YOUNGER]!;
    const older = links[at + OLDER]!;
    links[younger * WORDS + OLDER] = older;
    links[older * WORDS + YOUNGER] = younger;
    links[at + YOUNGER] = slot;
    links[at + OLDER] = slot;
  }

  /** Takes all slots out. */
  clear(): void {
    for (let slot = 0; slot <= this.nil; slot++) {
      this.links[slot * WORDS + YOUNGER] = slot;
      this.links[slot * WORDS + OLDER] = slot;
    }
  }
}
