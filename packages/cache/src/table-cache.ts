import { chain, isPromise, type BlockDevice, type MaybePromise } from '@q/block';
import type { CacheStrategy } from './strategy.ts';
import { checkOptions, type TableCacheOptions } from './table-cache/options.ts';
import { Loads } from './table-cache/loads.ts';
import { TableCacheStats } from './table-cache/stats.ts';
import { READY, TableSlots } from './table-cache/table-slots.ts';
import { WriteBacks } from './table-cache/write-backs.ts';
import { writeDirty } from './table-cache/write-dirty.ts';
import { WriteOrder } from './table-cache/write-order.ts';

/**
 * The bytes of fixed-size tables of a device (L2 slices, refcount blocks): which are in memory is a {@link CacheStrategy}'s decision, everything else is done
 * here. A table is named by its byte offset in the device; the strategy's key is that
 * offset divided by the table's size (by `alignment`, where that was given).
 *
 * A table in memory has a slot. `lookup` answers it without a promise; it stays valid until the next call that can load a table, or the next `await`. `get`, `load` and
 * `getEmpty` answer it pinned: it stays until `unpin`. Whatever completes synchronously on the device completes synchronously here.
 *
 * Each access is one `find` of the strategy, each miss one `place` after it, and nothing else counts: the strategy's hits, misses and evictions are
 * those of the loop `if (find(key) < 0) place(key)` over the same keys, as long as nothing is pinned longer than an access.
 */
export class TableCache {
  readonly name: string;
  readonly device: BlockDevice;
  /** Bytes of a table. */
  readonly tableSize: number;
  readonly strategy: CacheStrategy;
  readonly stats: TableCacheStats;
  readonly #capacity: number;
  readonly #perByte: number;
  readonly #alignment: number;
  readonly #littleEndian: boolean;
  readonly #slots: TableSlots;
  readonly #view: DataView;
  readonly #order: WriteOrder;
  readonly #backs: WriteBacks;
  readonly #loads: Loads;
  #durable = 0;
  #closed = false;

  /** @throws TypeError for a strategy that another cache has, RangeError for a bad table size, ImageError `limit` for more than 4 GiB of tables */
  constructor(options: TableCacheOptions) {
    const { device, tableSize, alignment, strategy, littleEndian, name } = checkOptions(options);
    this.name = name;
    this.device = device;
    this.tableSize = tableSize;
    this.strategy = strategy;
    this.#capacity = strategy.capacity;
    this.#perByte = 1 / alignment;
    this.#alignment = alignment;
    this.#littleEndian = littleEndian;
    this.#slots = new TableSlots(strategy, tableSize, alignment, name);
    this.#view = this.#slots.view;
    this.#order = new WriteOrder({
      device,
      flush: () => this.flush(),
      isDurable: () => this.#isDurable(),
    });
    this.#backs = new WriteBacks({
      device,
      slots: this.#slots,
      order: this.#order,
      beforeWrite: options.beforeWrite,
    });
    this.#loads = new Loads(device, this.#slots, this.#backs);
    this.stats = new TableCacheStats(strategy.stats, {
      slots: this.#slots,
      loads: this.#loads,
      backs: this.#backs,
      order: this.#order,
    });
  }

  /**
   * One access, on the hot path: the slot of the table at `offset` (a multiple of the alignment) when it is in memory, -1 when it is not, and -2 - slot when it is just
   * being read. After a negative answer call {@link load} in the same turn. Counts a hit or a miss.
   */
  lookup(offset: number): number {
    const slot = this.strategy.find(offset * this.#perByte);
    if (slot < 0 || this.#slots.states[slot] === READY) return slot;
    return -2 - slot;
  }

  /**
   * Reads the table for which {@link lookup} has just answered something negative; callers that want the same table share one read. Answers its slot, pinned. Bytes past the
   * end of the device are zeroes. When reading fails nobody has a pin, and the next access tries again.
   *
   * @throws RangeError for an offset that is not a multiple of the alignment; what the device fails with; what write-backs fail with, when too many have
   */
  load(offset: number): MaybePromise<number> {
    const load = this.#loads.join(offset);
    if (load !== undefined) return load;
    this.#check(offset);
    return this.#loads.start(offset);
  }

  /** One access: the slot of the table at `offset`, pinned, and read first when it must be. Throws as {@link load} does. */
  get(offset: number): MaybePromise<number> {
    const slot = this.lookup(offset);
    if (slot < 0) return this.load(offset);
    this.#slots.pin(slot);
    return slot;
  }

  /** One access to a table that is new: zeroes, whatever the device has there, and dirty. Answers its slot, pinned. A promise only when it was just being read. */
  getEmpty(offset: number): MaybePromise<number> {
    const found = this.lookup(offset);
    if (found === -1) {
      this.#check(offset);
      return this.#loads.startEmpty(offset);
    }
    if (found < 0) return chain(this.load(offset), (slot) => this.#slots.zero(slot));
    this.#slots.pin(found);
    return this.#slots.zero(found);
  }

  /** Keeps the table in `slot` where it is. Counts: as many unpins undo it. */
  pin(slot: number): void {
    if (this.#slots.states[slot] !== READY) throw new RangeError(`slot ${slot} has no table`);
    this.#slots.pin(slot);
  }

  /** Undoes one pin. */
  unpin(slot: number): void {
    const slots = this.#slots;
    if (slots.unpin(slot) > 0 || slot < this.#capacity) return;
    // The last unpin of an overflow slot has ended it.
    if (slots.dirty.has(slot)) this.#backs.begin(Int32Array.of(slot));
    slots.empty(slot);
  }

  /** The table in `slot` has been changed, and has to be written. */
  markDirty(slot: number): void {
    if (this.#slots.states[slot] !== READY) throw new RangeError(`slot ${slot} has no table`);
    this.#slots.dirty.add(slot);
  }

  /** Whether the table in `slot` has changes that are not on their way to the device. */
  isDirty(slot: number): boolean {
    return this.#slots.dirty.has(slot);
  }

  /** Byte offset in the device of the table in `slot`, or -1. */
  offsetAt(slot: number): number {
    return this.#slots.offsets[slot] ?? -1;
  }

  /** Reads an unsigned 32-bit word of the table in `slot`, `at` bytes from its start. Nothing is checked. */
  u32(slot: number, at: number): number {
    return slot < this.#capacity
      ? this.#view.getUint32(slot * this.tableSize + at, this.#littleEndian)
      : this.#slots.overflowView(slot).getUint32(at, this.#littleEndian);
  }

  /** Writes an unsigned 32-bit word. Call {@link markDirty} as well. Nothing is checked. */
  setU32(slot: number, at: number, value: number): void {
    if (slot < this.#capacity) {
      this.#view.setUint32(slot * this.tableSize + at, value, this.#littleEndian);
    } else this.#slots.overflowView(slot).setUint32(at, value, this.#littleEndian);
  }

  /** The bytes of the table in `slot`, shared: valid as long as the slot is. Call {@link markDirty} after a change. */
  bytes(slot: number): Uint8Array {
    return this.#slots.bytes(slot);
  }

  /** The memory of the table in `slot` for a walk over many words: the table begins at byte {@link baseOf} of it. Valid as long as the slot is. */
  viewOf(slot: number): DataView {
    return slot < this.#capacity ? this.#view : this.#slots.overflowView(slot);
  }

  /** Where the table in `slot` begins in {@link viewOf}, bytes. */
  baseOf(slot: number): number {
    return slot < this.#capacity ? slot * this.tableSize : 0;
  }

  /** Tables with changes that are not on the device yet. */
  get dirtyTables(): number {
    return this.#slots.dirty.size + this.#backs.newest.size;
  }

  /**
   * Brings bytes that were read from the device at `offset` (a multiple of the table's size, as is their length) up to date with what is in memory. For bulk walks, which
   * go past the cache: no access is counted and nothing is evicted.
   */
  overlay(offset: number, bytes: Uint8Array): void {
    this.#check(offset);
    for (let done = 0; done < bytes.length; done += this.tableSize) {
      const at = offset + done;
      const slot = this.#slots.slotOf(at);
      if (slot >= 0 && this.#slots.states[slot] === READY) bytes.set(this.#slots.bytes(slot), done);
      else {
        const back = this.#backs.newest.get(at);
        if (back !== undefined) bytes.set(back.table(at, this.tableSize), done);
      }
    }
  }

  /**
   * The table at `offset` does not exist any more (its cluster was freed): forgets it, dirty or not, and takes back writes of it that have not begun. A promise when the
   * device is just writing it: only afterwards may the place be used for something else. A pinned table is a `RangeError`.
   */
  drop(offset: number): MaybePromise<void> {
    this.#check(offset);
    const slot = this.#slots.slotOf(offset);
    if (slot >= 0) {
      this.strategy.remove(slot);
      this.#slots.empty(slot);
    }
    return this.#backs.cancel(offset);
  }

  /** {@link drop} for all tables in a range of bytes, both ends of which are multiples of the table's size. With one of them pinned nothing happens. */
  dropRange(offset: number, length: number): MaybePromise<void> {
    this.#check(offset);
    this.#check(offset + length);
    const end = offset + length;
    for (let at = offset; at < end; at += this.tableSize) {
      const slot = this.#slots.slotOf(at);
      if (slot >= 0 && this.#slots.pins[slot]! > 0) {
        throw new RangeError(`the table at ${at} is pinned and cannot be dropped`);
      }
    }
    const waits: Promise<void>[] = [];
    for (let at = offset; at < end; at += this.tableSize) {
      const wait = this.drop(at);
      if (isPromise(wait)) waits.push(wait);
    }
    return waits.length === 0 ? undefined : Promise.all(waits).then(() => {});
  }

  /**
   * This cache's tables, as they are from now on, reach the device only after all that is dirty in `other` now is durable. Call it between the change to `other` and the
   * change here. When `other` waits for a cache itself, or this one for a third, that is brought about first; it fails as {@link flush} does, and then nothing is required.
   */
  setDependency(other: TableCache): MaybePromise<void> {
    if (other === this) throw new TypeError('a cache cannot wait for itself');
    return this.#order.dependOn(other.#order);
  }

  /** This cache's tables, as they are from now on, reach the device only after a flush of `device` that starts from now on: what was written there is durable before. */
  requireFlushBeforeWrite(device: BlockDevice = this.device): void {
    this.#order.requireFlush(device);
  }

  /**
   * Writes all tables that are dirty now, in ascending order, after what they have to wait for. Goes on after errors and then reports the first, `no-space` before others; tables
   * that were not written stay dirty.
   */
  write(): MaybePromise<void> {
    return writeDirty(this.#slots, this.#backs);
  }

  /** {@link write}, then a flush of the device: all changes made before the call are durable after it. */
  flush(): MaybePromise<void> {
    return chain(this.write(), () => {
      const { finished } = this.#backs;
      return chain(this.device.flush(), () => {
        if (finished > this.#durable) this.#durable = finished;
      });
    });
  }

  /** Throws a `TypeError` when a table is pinned: between requests that is a leak. */
  assertIdle(): void {
    const { pinned, pins, offsets } = this.#slots;
    if (pinned === 0) return;
    const slot = pins.findIndex((count) => count > 0);
    throw new TypeError(
      `${this.name} cache: ${pinned} tables are still pinned, one of them at offset ${offsets[slot]}`,
    );
  }

  /** {@link flush}, then lets go of all tables. Later accesses are a `TypeError`. Fails with pins held, or when writing fails, and can then be called again. The device stays open. */
  close(): MaybePromise<void> {
    if (this.#closed) throw new TypeError(`the ${this.name} cache is closed`);
    this.assertIdle();
    return chain(this.flush(), () => {
      this.assertIdle();
      this.#closed = true;
      for (let slot = 0; slot < this.#capacity; slot++) this.#slots.empty(slot);
    });
  }

  #check(offset: number): void {
    if (this.#closed) throw new TypeError(`the ${this.name} cache is closed`);
    if (!Number.isSafeInteger(offset) || offset < 0 || offset % this.#alignment !== 0) {
      throw new RangeError(
        `${offset} is not the offset of a table: ${this.name} tables begin at multiples of ${this.#alignment}`,
      );
    }
  }

  #isDurable(): boolean {
    const { newest, finished } = this.#backs;
    return this.#slots.dirty.size === 0 && newest.size === 0 && finished === this.#durable;
  }
}
