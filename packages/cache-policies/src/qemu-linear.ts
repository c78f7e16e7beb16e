import { checkCapacity, emptyStats, Pins, resetStats } from '@q/cache';
import type { CacheStrategy } from '@q/cache';

/**
 * Least recently used as QEMU's qcow2 cache finds it: no index, a scan of the slots that begins where the key hashes to and ends at the key,
 * or, when the key is not there, after all slots. The victim is the slot with the smallest counter, the first one seen; a slot gets the
 * next number when its last pin goes, so a use lasts as long as it is pinned. A use without a pin gets its number at once.
 *
 * A hit costs few comparisons, a miss as many as there are slots.
 *
 * @param options.tables slots, 1 to 2^27
 * @throws RangeError when `tables` is out of range
 */
export function qemuLinear(options: { readonly tables: number }): QemuLinear {
  return new QemuLinear(options.tables);
}

/** The strategy that `qemuLinear` makes. */
export class QemuLinear implements CacheStrategy {
  readonly name = 'qemu-linear';
  readonly capacity: number;
  readonly stats = emptyStats();
  private readonly pins: Pins;
  private readonly keys: Float64Array;
  /** When a slot was released: the next number each time; 0 for an empty slot. */
  private readonly released: Float64Array;
  private releases = 0;
  /** The key of the last miss, which is therefore not cached, or -1. */
  private readonly missed = new Float64Array([-1]);

  constructor(tables: number) {
    this.capacity = checkCapacity(tables);
    this.pins = new Pins(tables);
    this.keys = new Float64Array(tables).fill(-1);
    this.released = new Float64Array(tables);
  }

  find(key: number): number {
    const slot = this.peek(key);
    if (slot < 0) {
      this.stats.misses++;
      this.missed[0] = key;
      return -1;
    }
    this.stats.hits++;
    if (slot < this.capacity && this.pins.counts[slot] === 0) this.release(slot);
    return slot;
  }

  peek(key: number): number {
    const keys = this.keys;
    const size = this.capacity;
    const start = this.start(key);
    let at = start;
    while (at < size && keys[at] !== key) at++;
    if (at === size) {
      at = 0;
      while (at < start && keys[at] !== key) at++;
      if (at === start) {
        this.stats.probes += size;
        return this.pins.overflowing === 0 ? -1 : this.pins.find(key, this.stats);
      }
      this.stats.probes += size - start + at + 1;
    } else this.stats.probes += at - start + 1;
    return at;
  }

  place(key: number): number {
    if (this.missed[0] !== key && this.peek(key) >= 0) {
      throw new RangeError(`key ${key} is cached already`);
    }
    this.missed[0] = -1;
    const slot = this.victim(this.start(key));
    if (slot < 0) return this.pins.overflow(key, this.stats);
    if (this.keys[slot] !== -1) this.stats.evictions++;
    this.keys[slot] = key;
    this.release(slot);
    return slot;
  }

  /** Where the scan for `key` begins. Four slots apart, so that neighbouring tables have room for what could not be put at its start. */
  private start(key: number): number {
    return (key * 4) % this.capacity;
  }

  private victim(start: number): number {
    const released = this.released;
    const pins = this.pins.counts;
    let victim = -1;
    let least = Infinity;
    let at = start;
    do {
      if (released[at]! < least && pins[at] === 0) {
        least = released[at]!;
        victim = at;
      }
      if (++at === this.capacity) at = 0;
    } while (at !== start);
    return victim;
  }

  private release(slot: number): void {
    this.released[slot] = ++this.releases;
  }

  keyAt(slot: number): number {
    return slot < this.capacity ? (this.keys[slot] ?? -1) : this.pins.keyAt(slot);
  }

  pin(slot: number): void {
    if (this.keyAt(slot) === -1) throw new RangeError(`slot ${slot} is empty and cannot be pinned`);
    this.pins.pin(slot);
  }

  unpin(slot: number): void {
    if (this.pins.unpin(slot) === 0 && slot < this.capacity) this.release(slot);
  }

  remove(slot: number): void {
    if (this.keyAt(slot) === -1) throw new RangeError(`slot ${slot} is empty`);
    this.pins.requireUnpinned(slot);
    if (slot >= this.capacity) {
      this.pins.forget(slot);
      return;
    }
    this.keys[slot] = -1;
    this.released[slot] = 0;
  }

  clear(): void {
    this.pins.clear();
    this.keys.fill(-1);
    this.released.fill(0);
    this.releases = 0;
    this.missed[0] = -1;
    resetStats(this.stats);
  }
}
