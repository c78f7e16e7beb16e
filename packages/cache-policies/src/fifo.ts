import { SlotLists } from './slot-lists.ts';
import { SlotPolicy } from './slot-policy.ts';

/**
 * First in, first out: hits move nothing, the entry placed first leaves first, pinned ones are passed over and keep their place. The policy of
 * QEMU's QED L2 cache, and of the kvm tools patch as it was written, whose hits never reached the list.
 *
 * @param options.tables ordinary slots, 1 to 2^27; QED's cache has 50
 * @throws RangeError when `tables` is out of range
 */
export function fifo(options: { readonly tables: number }): Fifo {
  return new Fifo(options.tables);
}

/** The strategy that `fifo` makes. */
export class Fifo extends SlotPolicy {
  readonly name = 'fifo';
  private readonly order: SlotLists;

  constructor(tables: number) {
    super(tables);
    this.order = new SlotLists(tables, 1);
  }

  find(key: number): number {
    const slot = this.index.find(key, this.stats);
    if (slot < 0) return this.miss(key);
    this.stats.hits++;
    return slot;
  }

  place(key: number): number {
    this.requireAbsent(key);
    let slot = this.takeEmpty();
    if (slot < 0) {
      slot = this.order.oldestUnpinned(0, this.pins.counts);
      if (slot < 0) return this.pins.overflow(key, this.stats);
      this.evict(slot);
      this.order.drop(slot);
    }
    this.index.set(key, slot);
    this.order.add(0, slot);
    return slot;
  }

  protected leave(slot: number): void {
    this.order.drop(slot);
  }

  protected reset(): void {
    this.order.clear();
  }
}
