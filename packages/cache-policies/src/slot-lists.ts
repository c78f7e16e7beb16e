/**
 * A few doubly linked lists over the same slots, a slot in at most one of them. Newest first: entries enter at the head and policies look
 * for a victim from the tail. Nothing is allocated after construction.
 *
 * List `i` has a sentinel at index `slots + i`, so that linking needs no branches; walking stops there (`isEnd`).
 */
export class SlotLists {
  /** The next newer entry of the same list, or its sentinel. */
  readonly newer: Int32Array;
  /** The next older entry of the same list, or its sentinel. */
  readonly older: Int32Array;
  /** The list a slot was last in. */
  readonly list: Uint8Array;
  /** Entries of each list. */
  readonly sizes: Int32Array;
  private readonly slots: number;

  /**
   * @param slots how many slots there are
   * @param lists how many lists, up to 256
   */
  constructor(slots: number, lists: number) {
    this.slots = slots;
    this.newer = new Int32Array(slots + lists);
    this.older = new Int32Array(slots + lists);
    this.list = new Uint8Array(slots);
    this.sizes = new Int32Array(lists);
    this.clear();
  }

  /** The oldest entry of `list`, or its sentinel. */
  oldest(list: number): number {
    return this.newer[this.slots + list]!;
  }

  /** Whether a walk has come to the end: `at` is a sentinel. */
  isEnd(at: number): boolean {
    return at >= this.slots;
  }

  /** Puts `slot`, which is in no list, at the head of `list`. */
  add(list: number, slot: number): void {
    const sentinel = this.slots + list;
    const second = this.older[sentinel]!;
    this.older[slot] = second;
    this.newer[slot] = sentinel;
    this.newer[second] = slot;
    this.older[sentinel] = slot;
    this.list[slot] = list;
    this.sizes[list]!++;
  }

  /** Takes `slot` out of its list. */
  drop(slot: number): void {
    const newer = this.newer[slot]!;
    const older = this.older[slot]!;
    this.older[newer] = older;
    this.newer[older] = newer;
    this.sizes[this.list[slot]!]!--;
  }

  /** Takes `slot` out of its list and puts it at the head of `list`. */
  move(list: number, slot: number): void {
    if (this.older[this.slots + list] === slot) return;
    this.drop(slot);
    this.add(list, slot);
  }

  /** The oldest entry of `list` that has no pin, or -1. */
  oldestUnpinned(list: number, pins: Int32Array): number {
    let at = this.oldest(list);
    while (at < this.slots && pins[at] !== 0) at = this.newer[at]!;
    return at < this.slots ? at : -1;
  }

  /** Empties all lists. */
  clear(): void {
    for (let i = 0; i < this.sizes.length; i++) {
      this.newer[this.slots + i] = this.slots + i;
      this.older[this.slots + i] = this.slots + i;
    }
    this.sizes.fill(0);
  }
}
