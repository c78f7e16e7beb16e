/**
 * The smallest of many counts, and the first slot that has it: a binary tree of minima over all slots. Setting a count costs O(log slots)
 * at most, and a step or two when it is not the smallest of its neighbourhood; finding the smallest costs O(log slots).
 */
export class CountTree {
  private readonly leaves: number;
  /** Node 1 is the root, the children of node i are 2i and 2i + 1, the leaf of slot s is `leaves + s`. */
  private readonly minima: Uint32Array;

  constructor(slots: number) {
    this.leaves = 2 ** Math.ceil(Math.log2(slots));
    this.minima = new Uint32Array(this.leaves * 2).fill(NONE);
  }

  /** The count of `slot`; `NONE` takes it out of the competition. */
  set(slot: number, count: number): void {
    const minima = this.minima;
    let at = this.leaves + slot;
    minima[at] = count;
    while (at > 1) {
      const smaller = Math.min(minima[at]!, minima[at ^ 1]!);
      at >>>= 1;
      if (minima[at] === smaller) return;
      minima[at] = smaller;
    }
  }

  /** The first slot with the smallest count, or -1 when all are `NONE`. */
  first(): number {
    const minima = this.minima;
    const smallest = minima[1]!;
    if (smallest === NONE) return -1;
    let at = 1;
    while (at < this.leaves) {
      at *= 2;
      if (minima[at] !== smallest) at++;
    }
    return at - this.leaves;
  }

  clear(): void {
    this.minima.fill(NONE);
  }
}

/** Greater than any count. */
export const NONE = 0xffffffff;
