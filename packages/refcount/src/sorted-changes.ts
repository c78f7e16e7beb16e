import { getRefcount, type Geometry } from '@q/format';
import { changeElements, firstBadElement } from './change-set.ts';
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
    const bad = firstBadElement(
      block,
      refcountOrder,
      clusters,
      from,
      to,
      base,
      refcountsPerBlock,
      delta,
      maxRefcount,
    );
    if (bad >= 0) this.refuse(block, bad, from, base);
    if (to < clusters.length && !(clusters[to]! >= base + refcountsPerBlock))
      unsorted(clusters[to]!);
    if (base > 0 || clusters[from] !== 0 || block === undefined) return;
    // The header's own cluster is never free.
    const users = this.firstFrom(1, from) - from;
    const before = getRefcount(block, refcountOrder, 0);
    if (before + users * delta === 0) refuseCount(geometry, 0, before, users * delta);
  }

  /** Throws what is wrong with element `bad`. */
  private refuse(block: Uint8Array | undefined, bad: number, from: number, base: number): never {
    const { clusters, geometry } = this;
    const cluster = clusters[bad]!;
    const at = cluster - base;
    const last = bad > from ? clusters[bad - 1]! : base;
    if (!Number.isInteger(at) || cluster < last || at >= geometry.refcountsPerBlock) {
      unsorted(cluster);
    }
    const before = block === undefined ? 0 : getRefcount(block, geometry.refcountOrder, at);
    refuseCount(geometry, cluster, before, this.delta);
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
    if (!changeElements(block, refcountOrder, clusters, from, to, base, delta)) return;
    let first = -1;
    let end = -1;
    for (let i = from; i < to; i++) {
      const cluster = clusters[i]!;
      if (cluster < end || getRefcount(block, refcountOrder, cluster - base) !== 0) continue;
      if (cluster !== end) {
        if (first >= 0) freed(first, end - first);
        first = cluster;
      }
      end = cluster + 1;
    }
    if (first >= 0) freed(first, end - first);
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
