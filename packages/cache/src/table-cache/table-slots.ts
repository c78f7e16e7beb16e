import { ImageError } from '@q/block';
import type { CacheStrategy } from '../strategy.ts';
import { DirtySet } from './dirty-set.ts';

/** No table here. */
export const EMPTY = 0;
/** A table is on its way: the bytes belong to the device. Always pinned. */
export const LOADING = 1;
/** The bytes are the table's. */
export const READY = 2;

/** The most bytes of tables that one cache holds. */
export const MAX_SLAB_BYTES = 2 ** 32;

const FIRST_OVERFLOW = 8;

/**
 * The memory behind the slots of a strategy: one slab, table *i* at *i* x table size, and beside it what is known of each slot. Overflow slots, which are few
 * and short-lived, have buffers of their own.
 *
 * The cache keeps the offset of each slot itself: a strategy has forgotten a victim by the time it names the slot.
 */
export class TableSlots {
  readonly capacity: number;
  readonly tableSize: number;
  /** The slab, for word access. */
  readonly view: DataView;
  readonly dirty: DirtySet;
  /** Byte offset in the device of the table in a slot, or -1. */
  offsets: Float64Array;
  /** {@link EMPTY}, {@link LOADING} or {@link READY}. */
  states: Uint8Array;
  /** Pins held on a slot. */
  pins: Int32Array;
  /** Slots with pins, now and at most. */
  pinned = 0;
  peakPinned = 0;
  private readonly strategy: CacheStrategy;
  private readonly perByte: number;
  private readonly slab: Uint8Array;
  private overflow: DataView[] = [];

  constructor(strategy: CacheStrategy, tableSize: number, alignment: number, name: string) {
    const { capacity } = strategy;
    this.strategy = strategy;
    this.capacity = capacity;
    this.tableSize = tableSize;
    this.perByte = 1 / alignment;
    this.slab = new Uint8Array(slabFor(capacity * tableSize, name));
    this.view = new DataView(this.slab.buffer);
    const slots = capacity + FIRST_OVERFLOW;
    this.dirty = new DirtySet(slots);
    this.offsets = new Float64Array(slots).fill(-1);
    this.states = new Uint8Array(slots);
    this.pins = new Int32Array(slots);
  }

  /** The bytes of a slot's table. */
  bytes(slot: number): Uint8Array {
    if (slot < this.capacity) {
      const start = slot * this.tableSize;
      return this.slab.subarray(start, start + this.tableSize);
    }
    return new Uint8Array(this.overflow[slot - this.capacity]!.buffer);
  }

  /** An overflow slot, for word access. */
  overflowView(slot: number): DataView {
    return this.overflow[slot - this.capacity]!;
  }

  /** The slot of the table at `offset`, or -1. Not an access. */
  slotOf(offset: number): number {
    return this.strategy.peek(offset * this.perByte);
  }

  /** A slot of the strategy's choice for the table at `offset`. Its bytes, and what is known of it here, are still those of the table that had it. */
  place(offset: number): number {
    const slot = this.strategy.place(offset * this.perByte);
    this.admit(slot);
    return slot;
  }

  pin(slot: number): void {
    this.strategy.pin(slot);
    if (this.pins[slot]!++ > 0) return;
    this.pinned++;
    if (this.pinned > this.peakPinned) this.peakPinned = this.pinned;
  }

  /** Undoes one pin; answers how many are left. */
  unpin(slot: number): number {
    this.strategy.unpin(slot);
    const left = --this.pins[slot]!;
    if (left === 0) this.pinned--;
    return left;
  }

  /** Makes sure that `slot`, an overflow slot perhaps, has memory. Its bytes are anything. */
  private admit(slot: number): void {
    const extra = slot - this.capacity;
    if (extra < 0) return;
    if (slot >= this.states.length) this.grow(this.capacity + (extra + 1) * 2);
    while (this.overflow.length <= extra) {
      this.overflow.push(new DataView(new ArrayBuffer(this.tableSize)));
    }
  }

  /** Makes the table in `slot` a new one: zeroes, dirty. */
  zero(slot: number): number {
    this.bytes(slot).fill(0);
    this.states[slot] = READY;
    this.dirty.add(slot);
    return slot;
  }

  /** Undoes a `place` and all pins since. */
  abandon(slot: number): void {
    while (this.pins[slot]! > 0) this.unpin(slot);
    if (slot < this.capacity) this.strategy.remove(slot);
    this.empty(slot);
  }

  /** Forgets what was in `slot`. */
  empty(slot: number): void {
    this.offsets[slot] = -1;
    this.states[slot] = EMPTY;
    this.dirty.delete(slot);
    // The last of the overflow slots takes the buffers along.
    if (slot >= this.capacity && !this.overflowing()) this.overflow = [];
  }

  private overflowing(): boolean {
    for (let i = 0; i < this.overflow.length; i++) {
      if (this.offsets[this.capacity + i]! >= 0) return true;
    }
    return false;
  }

  private grow(slots: number): void {
    const offsets = new Float64Array(slots).fill(-1);
    offsets.set(this.offsets);
    const states = new Uint8Array(slots);
    states.set(this.states);
    const pins = new Int32Array(slots);
    pins.set(this.pins);
    this.offsets = offsets;
    this.states = states;
    this.pins = pins;
    this.dirty.grow(slots);
  }
}

function slabFor(bytes: number, name: string): ArrayBuffer {
  const refusal = (why: string, cause?: unknown): ImageError =>
    new ImageError('limit', `${name} cache: ${why}; give the strategy fewer tables`, {
      expected: MAX_SLAB_BYTES,
      found: bytes,
      cause,
    });
  if (bytes > MAX_SLAB_BYTES) {
    throw refusal(`${bytes} bytes of tables are more than the limit of ${MAX_SLAB_BYTES}`);
  }
  try {
    return new ArrayBuffer(bytes);
  } catch (error) {
    throw refusal(`there is no memory for ${bytes} bytes of tables`, error);
  }
}
