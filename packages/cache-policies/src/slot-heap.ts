/**
 * A heap of slots, the highest rank on top. Knows where each slot is, so ranks can be raised and slots taken out of the middle in O(log n).
 * Nothing is allocated after construction.
 */
export class SlotHeap {
  /** How many slots are in the heap. */
  size = 0;
  private readonly slots: Int32Array;
  /** Where in the heap a slot is. */
  private readonly places: Int32Array;
  private readonly ranks: Int32Array;

  /** @param slots how many slots there are */
  constructor(slots: number) {
    this.slots = new Int32Array(slots);
    this.places = new Int32Array(slots);
    this.ranks = new Int32Array(slots);
  }

  /** The slot of the highest rank. The heap must not be empty. */
  top(): number {
    return this.slots[0]!;
  }

  /** Adds a slot that is not in the heap. */
  add(slot: number, rank: number): void {
    this.ranks[slot] = rank;
    this.up(this.size++, slot);
  }

  /** Adds a slot again that was dropped, with the rank it had. */
  restore(slot: number): void {
    this.up(this.size++, slot);
  }

  /** Gives a slot of the heap a rank that is not lower than it had. */
  raise(slot: number, rank: number): void {
    this.ranks[slot] = rank;
    this.up(this.places[slot]!, slot);
  }

  /** Takes a slot out. */
  drop(slot: number): void {
    const at = this.places[slot]!;
    const last = this.slots[--this.size]!;
    if (last === slot) return;
    if (this.ranks[last]! > this.ranks[slot]!) this.up(at, last);
    else this.down(at, last);
  }

  /** Empties the heap. */
  clear(): void {
    this.size = 0;
  }

  private up(start: number, slot: number): void {
    const { slots, places, ranks } = this;
    const rank = ranks[slot]!;
    let at = start;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const other = slots[above]!;
      if (ranks[other]! >= rank) break;
      slots[at] = other;
      places[other] = at;
      at = above;
    }
    slots[at] = slot;
    places[slot] = at;
  }

  private down(start: number, slot: number): void {
    const { slots, places, ranks, size } = this;
    const rank = ranks[slot]!;
    let at = start;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= size) break;
      if (below + 1 < size && ranks[slots[below + 1]!]! > ranks[slots[below]!]!) below++;
      const other = slots[below]!;
      if (ranks[other]! <= rank) break;
      slots[at] = other;
      places[other] = at;
      at = below;
    }
    slots[at] = slot;
    places[slot] = at;
  }
}
