import type { ClusterRange } from '@q/refcount';

/**
 * Host clusters that the mapping in memory no longer names, but the mapping on disk still may. Their counts go down after the next
 * flush has made the new mapping durable: so a freed cluster is never reused while anything on disk points to it, and the counts on disk
 * are never too low. A crash before leaks them.
 */
export class Frees {
  private ranges: { first: number; count: number }[] = [];

  /** Ranges waiting. */
  get size(): number {
    return this.ranges.length;
  }

  /** One user less for `count` host clusters from `first` on. */
  add(first: number, count: number): void {
    const last = this.ranges.at(-1);
    if (last !== undefined && last.first + last.count === first) last.count += count;
    else this.ranges.push({ first, count });
  }

  /** All that wait, no longer waiting here. */
  take(): ClusterRange[] {
    const { ranges } = this;
    this.ranges = [];
    return ranges;
  }

  /** Puts back what could not be given back. */
  restore(ranges: readonly ClusterRange[]): void {
    this.ranges.unshift(...ranges);
  }
}
