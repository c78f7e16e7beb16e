import { SlotPolicy } from './slot-policy.ts';

/** How to make the strategy. */
export interface RandomOptions {
  /** Ordinary slots, 1 to 2^27. */
  readonly tables: number;
  /** Where the stream of random numbers begins, an integer. Equal seeds evict equally. Default 1. */
  readonly seed?: number;
}

/**
 * Evicts any slot: the floor under every policy that claims to have learned something. The choice depends on the seed and on how many
 * evictions there have been, never on pins given back before, so a replay with pins evicts what one without evicts. When the slot drawn is
 * pinned, the next unpinned one leaves. `clear` goes back to the seed.
 *
 * @throws RangeError when `tables` is out of range
 */
export function random(options: RandomOptions): RandomPolicy {
  return new RandomPolicy(options.tables, options.seed ?? 1);
}

/** The strategy that `random` makes. */
export class RandomPolicy extends SlotPolicy {
  readonly name = 'random';
  private readonly seed: number;
  private state: number;

  constructor(tables: number, seed: number) {
    super(tables);
    this.seed = seed | 0;
    this.state = this.seed;
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
      slot = this.victim();
      if (slot < 0) return this.pins.overflow(key, this.stats);
      this.evict(slot);
    }
    this.index.set(key, slot);
    return slot;
  }

  private victim(): number {
    const pins = this.pins.counts;
    let slot = Math.floor((this.draw() / 2 ** 32) * this.capacity);
    for (let tried = 0; tried < this.capacity; tried++) {
      if (pins[slot] === 0) return slot;
      if (++slot === this.capacity) slot = 0;
    }
    return -1;
  }

  /** 0 to 2^32 - 1: a Weyl sequence through the 32-bit finalizer of MurmurHash3. */
  private draw(): number {
    this.state = (this.state + 0x9e3779b9) | 0;
    let x = this.state;
    x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
    x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
    return (x ^ (x >>> 16)) >>> 0;
  }

  protected leave(): void {
    // There is no order to leave.
  }

  protected reset(): void {
    this.state = this.seed;
  }
}
