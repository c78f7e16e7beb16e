import { CountTree, NONE } from './count-tree.ts';
import { SlotPolicy } from './slot-policy.ts';

/** How to make the strategy. */
export interface LfuOptions {
  /** Ordinary slots, 1 to 2^27. Default 16, as in QEMU's QCOW1 driver. */
  readonly tables?: number;
  /** When a count gets here, all are halved: 2 to 2^32 - 1, the default. */
  readonly limit?: number;
}

/** What {@link lfu} does when it is not told. */
export const LFU_DEFAULTS = { tables: 16, limit: NONE } as const satisfies Required<LfuOptions>;

/**
 * Least frequently used, by the rule of QEMU's QCOW1 driver: an entry comes with a count of 1, a hit adds 1, the first slot with the smallest
 * count leaves. Counts age only when one reaches the limit: all are halved, rounded down.
 *
 * @throws RangeError when a number is out of range
 */
export function lfu(options: LfuOptions = {}): Lfu {
  return new Lfu(options.tables ?? LFU_DEFAULTS.tables, options.limit ?? LFU_DEFAULTS.limit);
}

/** The strategy that `lfu` makes. */
export class Lfu extends SlotPolicy {
  readonly name = 'lfu';
  private readonly limit: number;
  private readonly counts: Uint32Array;
  /** The counts of those that may leave: neither empty nor pinned. */
  private readonly candidates: CountTree;

  constructor(tables: number, limit: number) {
    super(tables);
    if (!Number.isInteger(limit) || limit < 2 || limit > NONE) {
      throw new RangeError(`limit must be an integer from 2 to ${NONE}, not ${limit}`);
    }
    this.limit = limit;
    this.counts = new Uint32Array(tables);
    this.candidates = new CountTree(tables);
  }

  find(key: number): number {
    const slot = this.index.find(key, this.stats);
    if (slot < 0) return this.miss(key);
    this.stats.hits++;
    this.count(slot, this.counts[slot]! + 1);
    return slot;
  }

  place(key: number): number {
    this.requireAbsent(key);
    let slot = this.takeEmpty();
    if (slot < 0) {
      slot = this.candidates.first();
      if (slot < 0) return this.pins.overflow(key, this.stats);
      this.evict(slot);
    }
    this.index.set(key, slot);
    this.count(slot, 1);
    return slot;
  }

  override pin(slot: number): void {
    super.pin(slot);
    if (slot < this.capacity) this.candidates.set(slot, NONE);
  }

  override unpin(slot: number): void {
    super.unpin(slot);
    if (slot < this.capacity) this.compete(slot);
  }

  private count(slot: number, count: number): void {
    this.counts[slot] = count;
    if (count === this.limit) this.halve();
    else this.compete(slot);
  }

  private halve(): void {
    for (let slot = 0; slot < this.capacity; slot++) {
      this.counts[slot]! >>>= 1;
      if (this.index.keys[slot] !== -1) this.compete(slot);
    }
  }

  private compete(slot: number): void {
    if (this.pins.counts[slot] === 0) this.candidates.set(slot, this.counts[slot]!);
  }

  protected leave(slot: number): void {
    this.candidates.set(slot, NONE);
  }

  protected reset(): void {
    this.candidates.clear();
  }
}
