import { SlotLists } from './slot-lists.ts';
import { SlotPolicy } from './slot-policy.ts';

/**
 * SIEVE: one bit an entry, set by a hit. Entries stay in the order they came; a hand moves from the oldest to the newest and around again,
 * clears bits, and evicts the first entry whose bit is clear. Pinned entries are passed without touching their bit.
 *
 * @param options.tables ordinary slots, 1 to 2^27
 * @throws RangeError when `tables` is out of range
 * @see Zhang, Yang, Yue, Vigfusson, Rashmi: SIEVE is Simpler than LRU, NSDI '24
 */
export function sieve(options: { readonly tables: number }): Sieve {
  return new Sieve(options.tables);
}

/** The strategy that `sieve` makes. */
export class Sieve extends SlotPolicy {
  readonly name = 'sieve';
  private readonly order: SlotLists;
  private readonly visited: Uint8Array;
  /** Where the hand goes on, or the sentinel: from the oldest. */
  private hand: number;

  constructor(tables: number) {
    super(tables);
    this.order = new SlotLists(tables, 1);
    this.visited = new Uint8Array(tables);
    this.hand = tables;
  }

  find(key: number): number {
    const slot = this.index.find(key, this.stats);
    if (slot < 0) return this.miss(key);
    this.stats.hits++;
    this.visited[slot] = 1;
    return slot;
  }

  place(key: number): number {
    this.requireAbsent(key);
    let slot = this.takeEmpty();
    if (slot < 0) {
      slot = this.victim();
      if (slot < 0) return this.pins.overflow(key, this.stats);
      this.evict(slot);
      this.leave(slot);
    }
    this.index.set(key, slot);
    this.visited[slot] = 0;
    this.order.add(0, slot);
    return slot;
  }

  /** Two turns find an unpinned entry if there is one: the first may only clear its bit. */
  private victim(): number {
    const newer = this.order.newer;
    const pins = this.pins.counts;
    let at = this.hand;
    for (let steps = 2 * this.capacity + 2; steps > 0; steps--) {
      if (at !== this.capacity && pins[at] === 0) {
        if (this.visited[at] === 0) {
          this.hand = at;
          return at;
        }
        this.visited[at] = 0;
      }
      at = newer[at]!;
    }
    return -1;
  }

  protected leave(slot: number): void {
    if (this.hand === slot) this.hand = this.order.newer[slot]!;
    this.order.drop(slot);
  }

  protected reset(): void {
    this.order.clear();
    this.hand = this.capacity;
  }
}
