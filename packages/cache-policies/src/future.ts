import { emptyStats, SlotIndex } from '@q/cache';

/** Tells when a key will be used again. Times count uses from 0; a later time is a higher number. */
export interface Future {
  /** Takes note that `key` is used now, and returns when it will be used next. */
  use(key: number): number;
  /** When `key` will be used next, from now on. */
  next(key: number): number;
  /** Begins again at the first use. */
  restart(): void;
}

/**
 * A future that was announced whole, as the sequence of all uses. Costs 4 bytes a use for the times of the next uses, found in one pass from
 * the end, during which every distinct key takes up to 40 bytes more. The sequence itself is kept, not copied, when it is a `Float64Array`:
 * it must not change.
 */
export class AnnouncedFuture implements Future {
  private readonly keys: Float64Array;
  private readonly nextUses: Int32Array;
  private now = 0;

  constructor(keys: Float64Array | readonly number[]) {
    if (keys.length >= 2 ** 31 - 1) {
      throw new RangeError(`a future of ${keys.length} uses is too long: 2147483646 at most`);
    }
    this.keys = keys instanceof Float64Array ? keys : Float64Array.from(keys);
    this.nextUses = nextUsesOf(this.keys);
  }

  use(key: number): number {
    if (this.keys[this.now] !== key) throw this.unannounced(key);
    return this.nextUses[this.now++]!;
  }

  next(key: number): number {
    if (this.now > 0 && this.keys[this.now - 1] === key) return this.nextUses[this.now - 1]!;
    const at = this.keys.indexOf(key, this.now);
    return at < 0 ? this.keys.length : at;
  }

  restart(): void {
    this.now = 0;
  }

  private unannounced(key: number): RangeError {
    const announced = this.keys[this.now];
    return new RangeError(
      announced === undefined
        ? `key ${key} is used after the end of the announced future of ${this.now} uses: announce all of them`
        : `use ${this.now} is of key ${key}, but key ${announced} was announced: give the strategy the very sequence of its finds`,
    );
  }
}

/** For each use the time of the next use of its key; the length of the sequence where there is none. */
function nextUsesOf(keys: Float64Array): Int32Array {
  const stats = emptyStats();
  const next = new Int32Array(keys.length);
  let seen = new SlotIndex(1024);
  let times = new Int32Array(1024);
  let distinct = 0;
  for (let i = keys.length - 1; i >= 0; i--) {
    const key = keys[i]!;
    let slot = seen.find(key, stats);
    if (slot >= 0) next[i] = times[slot]!;
    else {
      next[i] = keys.length;
      if (distinct === times.length) {
        const more = new SlotIndex(distinct * 2);
        for (let s = 0; s < distinct; s++) more.set(seen.keys[s]!, s);
        seen = more;
        const longer = new Int32Array(distinct * 2);
        longer.set(times);
        times = longer;
      }
      slot = distinct++;
      seen.set(key, slot);
    }
    times[slot] = i;
  }
  return next;
}
