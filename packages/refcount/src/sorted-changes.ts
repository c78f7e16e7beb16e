import { getRefcount, setRefcount, type Geometry } from '@q/format';
import type { Changes } from './changes.ts';
import { refuseCount } from './count-error.ts';

/** Numbers of host clusters in ascending order; one that stands there several times is meant so often. */
export type SortedClusters = Float64Array | Uint32Array;

/** One change for each cluster of a sorted list. An item is an element: no object, no call for each. */
export class SortedChanges implements Changes {
  readonly up: boolean;
  private readonly geometry: Geometry;
  private readonly clusters: SortedClusters;
  private readonly delta: number;

  /** @throws RangeError for a delta that is no whole number. That the list is sorted is checked with the counts. */
  constructor(geometry: Geometry, clusters: SortedClusters, delta: number) {
    if (!Number.isSafeInteger(delta)) throw new RangeError(`${delta} is not a whole number`);
    this.geometry = geometry;
    this.clusters = clusters;
    this.delta = delta;
    this.up = delta > 0;
  }

  get length(): number {
    return this.delta === 0 ? 0 : this.clusters.length;
  }

  get end(): number {
    return this.length === 0 ? 0 : this.clusters[this.length - 1]! + 1;
  }

  has(cluster: number): boolean {
    return this.clusters[this.firstFrom(cluster, 0)] === cluster;
  }

  validate(): void {
    let last = 0;
    for (const cluster of this.clusters) {
      if (!Number.isSafeInteger(cluster) || cluster < last) unsorted(cluster);
      last = cluster;
    }
  }

  blockOf(i: number): number {
    const cluster = this.clusters[i]!;
    if (!Number.isSafeInteger(cluster) || cluster < 0) unsorted(cluster);
    return Math.floor(cluster / this.geometry.refcountsPerBlock);
  }

  endOf(i: number): number {
    const end = (this.blockOf(i) + 1) * this.geometry.refcountsPerBlock;
    return this.firstFrom(end, i + 1);
  }

  /** The first element from `low` on that is `cluster` or greater. */
  private firstFrom(cluster: number, low: number): number {
    const { clusters } = this;
    for (let high = clusters.length; low < high;) {
      const middle = (low + high) >>> 1;
      if (clusters[middle]! < cluster) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  check(block: Uint8Array | undefined, from: number, to: number): void {
    const { clusters, delta, geometry } = this;
    const { refcountOrder, refcountsPerBlock, maxRefcount } = geometry;
    const base = this.blockOf(from) * refcountsPerBlock;
    let last = -1;
    let sum = 0;
    for (let i = from; i < to; i++) {
      const at = clusters[i]! - base;
      if ((at | 0) !== at || at < last || at >= refcountsPerBlock) unsorted(clusters[i]!);
      sum = at === last ? sum + delta : delta;
      last = at;
      const before =
        block === undefined
          ? 0
          : refcountOrder === 4
            ? (block[at * 2]! << 8) | block[at * 2 + 1]!
            : getRefcount(block, refcountOrder, at);
      const after = before + sum;
      if (!(after >= 0 && after <= maxRefcount) || (after === 0 && base + at === 0)) {
        refuseCount(geometry, base + at, before, sum);
      }
    }
    if (to < clusters.length && !(clusters[to]! >= base + refcountsPerBlock)) {
      unsorted(clusters[to]!);
    }
  }

  apply(
    block: Uint8Array,
    from: number,
    to: number,
    freed: (first: number, count: number) => void,
  ): void {
    const { clusters, delta, geometry } = this;
    const { refcountOrder, refcountsPerBlock } = geometry;
    const base = this.blockOf(from) * refcountsPerBlock;
    let free = 0;
    let count = 0;
    for (let i = from; i < to; i++) {
      const at = clusters[i]! - base;
      let after: number;
      if (refcountOrder === 4) {
        after = ((block[at * 2]! << 8) | block[at * 2 + 1]!) + delta;
        block[at * 2] = after >>> 8;
        block[at * 2 + 1] = after;
      } else {
        after = getRefcount(block, refcountOrder, at) + delta;
        setRefcount(block, refcountOrder, at, after);
      }
      if (after !== 0) continue;
      if (at !== free + count) {
        if (count > 0) freed(base + free, count);
        free = at;
        count = 0;
      }
      count++;
    }
    if (count > 0) freed(base + free, count);
  }

  opposite(count: number): SortedChanges {
    return new SortedChanges(this.geometry, this.clusters.slice(0, count), -this.delta);
  }
}

function unsorted(cluster: number): never {
  throw new RangeError(
    `the list of clusters is not sorted, or has ${cluster}, which is no cluster`,
  );
}
