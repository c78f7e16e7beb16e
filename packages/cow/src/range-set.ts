/** A half-open range of guest bytes, `[from, to)`. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** A set of bytes as sorted, disjoint, non-touching ranges. Made for a handful of ranges: operations are linear in their number. */
export class RangeSet {
  private ranges: Range[] = [];

  get empty(): boolean {
    return this.ranges.length === 0;
  }

  /** Bytes in the set. */
  get bytes(): number {
    let sum = 0;
    for (const { from, to } of this.ranges) sum += to - from;
    return sum;
  }

  /** The ranges in ascending order; a copy. */
  list(): Range[] {
    return this.ranges.slice();
  }

  add(from: number, to: number): void {
    if (from >= to) return;
    const kept: Range[] = [];
    for (const range of this.ranges) {
      if (range.to < from || range.from > to) kept.push(range);
      else {
        from = Math.min(from, range.from);
        to = Math.max(to, range.to);
      }
    }
    kept.push({ from, to });
    this.ranges = kept.sort((a, b) => a.from - b.from);
  }

  remove(from: number, to: number): void {
    if (from >= to) return;
    const kept: Range[] = [];
    for (const range of this.ranges) {
      if (range.from < Math.min(range.to, from)) {
        kept.push({ from: range.from, to: Math.min(range.to, from) });
      }
      if (Math.max(range.from, to) < range.to) {
        kept.push({ from: Math.max(range.from, to), to: range.to });
      }
    }
    this.ranges = kept;
  }

  /** The parts of `[from, to)` that are in the set. */
  within(from: number, to: number): Range[] {
    const parts: Range[] = [];
    for (const range of this.ranges) {
      const start = Math.max(range.from, from);
      const end = Math.min(range.to, to);
      if (start < end) parts.push({ from: start, to: end });
    }
    return parts;
  }

  /** Whether `at` is in the set. */
  has(at: number): boolean {
    return this.ranges.some((range) => range.from <= at && at < range.to);
  }

  /** The first offset above `at` where membership changes; Infinity when none. */
  nextEdge(at: number): number {
    for (const { from, to } of this.ranges) {
      if (from > at) return from;
      if (to > at) return to;
    }
    return Infinity;
  }
}
