/**
 * The slots that the last few keys were found in: the "cache for cache" of the qcow2 cache discussion (Zhang Haoyu, 2015), which is searched
 * before the cache itself. There it is a list of 64, searched one by one; here the key's low bits choose the one entry to look at.
 *
 * An entry is a hint. It may name a slot that has long had another key, so the caller compares the key in the slot before it trusts it.
 */
export class RecentSlots {
  private readonly slots: Int32Array;
  private readonly bits: number;

  /** @param entries 1 to 2^27, rounded up to a power of two */
  constructor(entries: number) {
    this.bits = Math.ceil(Math.log2(entries));
    this.slots = new Int32Array(2 ** this.bits);
  }

  /** The slot that `key` was last found in, or any other slot. */
  hint(key: number): number {
    return this.slots[this.at(key)]!;
  }

  /** Remembers that `key` is in `slot`. */
  note(key: number, slot: number): void {
    this.slots[this.at(key)] = slot;
  }

  clear(): void {
    this.slots.fill(0);
  }

  private at(key: number): number {
    const low = key | 0;
    return (low ^ (low >>> this.bits)) & (this.slots.length - 1);
  }
}
