import { getRefcount, type Geometry } from '@q/format';
import { changeRun, firstBadCount } from './change-run.ts';
import { firstUsed, firstZero } from './count-runs.ts';
import type { Changes } from './changes.ts';
import { refuseCount } from './count-error.ts';
import type { ClusterRange } from './refcounts.ts';

/** Ranges of clusters, in any order, overlapping or not. Items are disjoint runs: where ranges overlap, one item has the sum. */
export class RangeChanges implements Changes {
  readonly up: boolean;
  private readonly geometry: Geometry;
  private readonly firsts: number[] = [];
  private readonly counts: number[] = [];
  private readonly deltas: number[] = [];

  /** @throws RangeError for ranges that are not whole numbers of clusters from 0 on, and for a delta that is no whole number */
  constructor(geometry: Geometry, ranges: readonly ClusterRange[], delta: number) {
    this.geometry = geometry;
    this.up = delta > 0;
    if (!Number.isSafeInteger(delta)) throw new RangeError(`${delta} is not a whole number`);
    for (const { first, count } of ranges) {
      if (!isCluster(first) || !isCluster(count) || !isCluster(first + count)) {
        throw new RangeError(`[${first}, +${count}) is not a range of clusters`);
      }
    }
    if (ranges.length === 1) {
      const [{ first, count }] = ranges as readonly [ClusterRange];
      this.push(first, first + count, delta);
    } else this.sweep(ranges, delta);
  }

  /** Walks all beginnings and ends in order: between two of them the number of ranges is one. */
  private sweep(ranges: readonly ClusterRange[], delta: number): void {
    const starts = Float64Array.from(ranges, ({ first }) => first).sort();
    const ends = Float64Array.from(ranges, ({ first, count }) => first + count).sort();
    let depth = 0;
    let from = 0;
    for (let start = 0, end = 0; end < ends.length;) {
      const at = Math.min(starts[start] ?? Infinity, ends[end]!);
      const before = depth;
      while (starts[start] === at) {
        depth++;
        start++;
      }
      while (ends[end] === at) {
        depth--;
        end++;
      }
      if (depth === before) continue;
      this.push(from, at, before * delta);
      from = at;
    }
  }

  /** Adds the run `[from, to)`, cut at the ends of blocks. */
  private push(from: number, to: number, delta: number): void {
    if (delta === 0) return;
    const { refcountsPerBlock } = this.geometry;
    while (from < to) {
      const end = Math.min(to, (Math.floor(from / refcountsPerBlock) + 1) * refcountsPerBlock);
      this.firsts.push(from);
      this.counts.push(end - from);
      this.deltas.push(delta);
      from = end;
    }
  }

  get length(): number {
    return this.firsts.length;
  }

  get end(): number {
    return this.length === 0 ? 0 : this.firsts.at(-1)! + this.counts.at(-1)!;
  }

  has(cluster: number): boolean {
    let low = 0;
    for (let high = this.length; low < high;) {
      const middle = (low + high) >>> 1;
      if (this.firsts[middle]! + this.counts[middle]! > cluster) high = middle;
      else low = middle + 1;
    }
    return low < this.length && this.firsts[low]! <= cluster;
  }

  validate(): void {
    // Done by the constructor.
  }

  blockOf(i: number): number {
    return Math.floor(this.firsts[i]! / this.geometry.refcountsPerBlock);
  }

  endOf(i: number): number {
    const end = (this.blockOf(i) + 1) * this.geometry.refcountsPerBlock;
    while (i < this.firsts.length && this.firsts[i]! < end) i++;
    return i;
  }

  check(block: Uint8Array | undefined, from: number, to: number): void {
    const { refcountsPerBlock, refcountOrder, maxRefcount } = this.geometry;
    for (let i = from; i < to; i++) {
      const cluster = this.firsts[i]!;
      const delta = this.deltas[i]!;
      if (block === undefined) {
        if (delta < 0 || delta > maxRefcount) refuseCount(this.geometry, cluster, 0, delta);
        continue;
      }
      const at = cluster % refcountsPerBlock;
      const end = at + this.counts[i]!;
      const bad = firstBadCount(block, refcountOrder, at, end, delta, maxRefcount);
      if (bad >= 0) {
        const before = getRefcount(block, refcountOrder, bad);
        refuseCount(this.geometry, cluster - at + bad, before, delta);
      }
      // The header's own cluster is never free.
      if (cluster === 0 && getRefcount(block, refcountOrder, 0) + delta === 0) {
        refuseCount(this.geometry, 0, -delta, delta);
      }
    }
  }

  apply(
    block: Uint8Array,
    from: number,
    to: number,
    freed: (first: number, count: number) => void,
  ): void {
    const { refcountsPerBlock, refcountOrder } = this.geometry;
    for (let i = from; i < to; i++) {
      const delta = this.deltas[i]!;
      let at = this.firsts[i]! % refcountsPerBlock;
      const base = this.firsts[i]! - at;
      const end = at + this.counts[i]!;
      changeRun(block, refcountOrder, at, end, delta);
      if (delta > 0) continue;
      // All of them were in use, so those that are 0 have just become free.
      while ((at = firstZero(block, refcountOrder, at, end)) < end) {
        const used = firstUsed(block, refcountOrder, at, end);
        freed(base + at, used - at);
        at = used;
      }
    }
  }

  opposite(count: number): RangeChanges {
    const opposite = new RangeChanges(this.geometry, [], this.up ? -1 : 1);
    for (let i = 0; i < count; i++) {
      const first = this.firsts[i]!;
      opposite.push(first, first + this.counts[i]!, -this.deltas[i]!);
    }
    return opposite;
  }
}

function isCluster(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}
