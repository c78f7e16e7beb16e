/** A half-open range of guest bytes, `[from, to)`. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/**
 * A set of bytes, kept as the ascending offsets where membership changes: `[from, to, from, to, ...]`, ranges neither touching nor
 * empty. A question is a binary search; a change moves what lies behind it.
 */
export class RangeSet {
  private readonly edges: number[] = [];

  get empty(): boolean {
    return this.edges.length === 0;
  }

  /** Bytes in the set. */
  get bytes(): number {
    let sum = 0;
    for (let i = 0; i < this.edges.length; i += 2) sum += this.edges[i + 1]! - this.edges[i]!;
    return sum;
  }

  /** The ranges in ascending order; a copy. */
  list(): Range[] {
    return this.within(-Infinity, Infinity);
  }

  /** Puts `[from, to)` in; nothing when it is empty. */
  add(from: number, to: number): void {
    this.paint(from, to, 1);
  }

  /** Takes `[from, to)` out; nothing when it is empty. */
  remove(from: number, to: number): void {
    this.paint(from, to, 0);
  }

  /** Whether `at` is in the set. */
  has(at: number): boolean {
    return this.edgesUpTo(at) % 2 === 1;
  }

  /** The first offset above `at` where membership changes; Infinity when none. */
  nextEdge(at: number): number {
    return this.edges[this.edgesUpTo(at)] ?? Infinity;
  }

  /** The last offset at or below `at` where membership changes; -Infinity when none. */
  lastEdge(at: number): number {
    return this.edges[this.edgesUpTo(at) - 1] ?? -Infinity;
  }

  /** The parts of `[from, to)` that are in the set. */
  within(from: number, to: number): Range[] {
    const { edges } = this;
    const parts: Range[] = [];
    if (from >= to) return parts;
    // From the range that holds `from`, or the next one.
    for (let i = this.edgesUpTo(from) & ~1; i < edges.length && edges[i]! < to; i += 2) {
      parts.push({ from: Math.max(edges[i]!, from), to: Math.min(edges[i + 1]!, to) });
    }
    return parts;
  }

  /** How many edges are at or below `at`: odd when `at` is in the set. */
  private edgesUpTo(at: number): number {
    const { edges } = this;
    let low = 0;
    for (let high = edges.length; low < high;) {
      const middle = (low + high) >>> 1;
      if (edges[middle]! <= at) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private paint(from: number, to: number, member: 0 | 1): void {
    if (from >= to) return;
    const { edges } = this;
    let first = this.edgesUpTo(from);
    // An edge at `from` itself is painted over, so that touching ranges become one.
    if (first > 0 && edges[first - 1] === from) first--;
    const last = this.edgesUpTo(to);
    const opens = first % 2 !== member;
    const closes = last % 2 !== member;
    if (opens && closes) edges.splice(first, last - first, from, to);
    else if (opens || closes) edges.splice(first, last - first, opens ? from : to);
    else edges.splice(first, last - first);
  }
}
