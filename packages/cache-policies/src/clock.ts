import { SlotLists } from './slot-lists.ts';
import { SlotPolicy } from './slot-policy.ts';

/**
 * CLOCK, also called second chance: FIFO with reinsertion. One bit an entry, 0 when it comes, set by a hit. The oldest entry leaves when its
 * bit is clear; otherwise the bit is cleared and the entry goes to the young end. Pinned entries keep their place and their bit.
 *
 * @param options.tables ordinary slots, 1 to 2^27
 * @throws RangeError when `tables` is out of range
 * @see Corbato: A Paging Experiment with the Multics System, 1968
 */
export function clock(options: { readonly tables: number }): Clock {
  return new Clock(options.tables);
}

/** The strategy that `clock` makes. */
export class Clock extends SlotPolicy {
  readonly name = 'clock';
  private readonly order: SlotLists;
  private readonly used: Uint8Array;

  constructor(tables: number) {
    super(tables);
    this.order = new SlotLists(tables, 1);
    this.used = new Uint8Array(tables);
  }

  find(key: number): number {
    const slot = this.index.find(key, this.stats);
    if (slot < 0) return this.miss(key);
    this.stats.hits++;
    this.used[slot] = 1;
    return slot;
  }

  place(key: number): number {
    this.requireAbsent(key);
    let slot = this.takeEmpty();
    if (slot < 0) {
      slot = this.victim();
      if (slot < 0) return this.pins.overflow(key, this.stats);
      this.evict(slot);
      this.order.drop(slot);
    }
    this.index.set(key, slot);
    this.used[slot] = 0;
    this.order.add(0, slot);
    return slot;
  }

  /** One walk is enough: what it reinserts it meets again at the young end, with the bit clear. */
  private victim(): number {
    const { order, used } = this;
    const pins = this.pins.counts;
    let at = order.oldest(0);
    while (!order.isEnd(at)) {
      const next = order.newer[at]!;
      if (pins[at] === 0) {
        if (used[at] === 0) return at;
        used[at] = 0;
        order.move(0, at);
        // The newest entry was reinserted in its own place.
        if (order.isEnd(next)) continue;
      }
      at = next;
    }
    return -1;
  }

  protected leave(slot: number): void {
    this.order.drop(slot);
  }

  protected reset(): void {
    this.order.clear();
  }
}
