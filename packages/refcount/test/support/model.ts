import { isImageError, type Prng } from '@q/block';
import { expect } from 'vitest';
import type { ClusterRange, Refcounts } from '../../src/index.ts';
import { metadataOf } from './image.ts';

/** Something to do with counts. What it does to the model is known before it is done. */
export type Op =
  | { readonly kind: 'take'; readonly count: number }
  | { readonly kind: 'takeRun'; readonly count: number }
  | { readonly kind: 'adjust'; readonly ranges: readonly ClusterRange[]; readonly delta: number }
  | { readonly kind: 'sorted'; readonly clusters: readonly number[]; readonly delta: number }
  | { readonly kind: 'write' };

/** Users of each cluster, metadata apart, in a plain map. */
export class Model {
  readonly users = new Map<number, number>();
  readonly refcounts: Refcounts;

  constructor(refcounts: Refcounts) {
    this.refcounts = refcounts;
  }

  /** Draws an operation; most make sense. `reach` is the cluster below which ranges are drawn. */
  draw(random: Prng, reach: number): Op {
    const kind = random.below(12);
    if (kind < 4) return { kind: 'take', count: 1 + random.below(6) };
    if (kind < 5)
      return { kind: 'takeRun', count: 1 + random.below(random.chance(0.1) ? 300 : 12) };
    if (kind < 6) return { kind: 'write' };
    const delta = random.pick([1, 1, -1, -1, -1, 2, 3, -2]);
    const used = [...this.users.keys()];
    const cluster = (): number =>
      used.length > 0 && random.chance(0.9) ? random.pick(used) : random.below(reach);
    if (kind < 9) {
      const clusters = Array.from({ length: 1 + random.below(20) }, cluster);
      return { kind: 'sorted', clusters: clusters.sort((a, b) => a - b), delta };
    }
    const ranges = Array.from({ length: 1 + random.below(3) }, () => ({
      first: cluster(),
      count: random.below(random.chance(0.1) ? 150 : 4),
    }));
    return { kind: 'adjust', ranges, delta };
  }

  /** How often each cluster changes. */
  private changes(op: Op): Map<number, number> {
    const changes = new Map<number, number>();
    const add = (cluster: number, delta: number): void => {
      changes.set(cluster, (changes.get(cluster) ?? 0) + delta);
    };
    if (op.kind === 'sorted') for (const cluster of op.clusters) add(cluster, op.delta);
    if (op.kind === 'adjust') {
      for (const { first, count } of op.ranges) {
        for (let i = 0; i < count; i++) add(first + i, op.delta);
      }
    }
    return changes;
  }

  /** The error that it must end with, if any. Giving back metadata is no operation at all: `skip`. */
  verdict(op: Op): 'fine' | 'limit' | 'corrupt' | 'skip' {
    const metadata = metadataOf(this.refcounts);
    const { maxRefcount } = this.refcounts.geometry;
    let verdict: 'fine' | 'limit' | 'corrupt' = 'fine';
    for (const [cluster, delta] of [...this.changes(op)].sort(([a], [b]) => a - b)) {
      const users = this.users.get(cluster) ?? 0;
      const after = users + delta;
      if (metadata.has(cluster) && after < 0) return 'skip';
      const count = after + (metadata.has(cluster) ? 1 : 0);
      if (count < 0) verdict = 'corrupt';
      if (count > maxRefcount) verdict = 'limit';
      if (verdict !== 'fine') break;
    }
    return verdict;
  }

  /** Does it, and brings the model up to date. Throws what the operation throws. */
  async perform(op: Op): Promise<void> {
    const { refcounts } = this;
    if (op.kind === 'write') return await refcounts.write();
    if (op.kind === 'take' || op.kind === 'takeRun') {
      const taken =
        op.kind === 'take'
          ? await refcounts.allocateUpTo(op.count)
          : { first: await refcounts.allocate(op.count), count: op.count };
      expect(taken.count).toBeLessThanOrEqual(op.count);
      const metadata = metadataOf(refcounts);
      for (let i = taken.first; i < taken.first + taken.count; i++) {
        if (this.users.has(i) || metadata.has(i)) throw new Error(`cluster ${i} was in use`);
        this.users.set(i, 1);
      }
      return;
    }
    if (op.kind === 'adjust') await refcounts.adjust(op.ranges, op.delta);
    else await refcounts.adjustSorted(Float64Array.from(op.clusters), op.delta);
    for (const [cluster, delta] of this.changes(op)) {
      const users = (this.users.get(cluster) ?? 0) + delta;
      if (users === 0) this.users.delete(cluster);
      else this.users.set(cluster, users);
    }
  }

  /** Does what {@link draw} drew, and sees that it ends as it must. */
  async step(op: Op): Promise<void> {
    const verdict = this.verdict(op);
    if (verdict === 'skip') return;
    if (verdict === 'fine') return await this.perform(op);
    await expect(this.perform(op)).rejects.toSatisfy((error) => isImageError(error, verdict));
  }

  /** What the count of each cluster must be, up to the last one in use. */
  expected(): number[] {
    const metadata = metadataOf(this.refcounts);
    let length = 0;
    for (const cluster of metadata) length = Math.max(length, cluster + 1);
    for (const cluster of this.users.keys()) length = Math.max(length, cluster + 1);
    const counts = Array.from({ length }, () => 0);
    for (const cluster of metadata) counts[cluster] = 1;
    for (const [cluster, users] of this.users) counts[cluster]! += users;
    return counts;
  }

  /** Sees that all counts are what they must be, and that no free cluster is missed. */
  async check(): Promise<void> {
    const expected = this.expected();
    const found = new Float64Array(expected.length + 100);
    await this.refcounts.readRange(0, found);
    const bad = firstDifference(found, expected);
    if (bad >= 0) throw new Error(`cluster ${bad} counts ${found[bad]}, not ${expected[bad]}`);
    const free = expected.findIndex((count, i) => count === 0 && i > 0);
    const { hint } = this.refcounts;
    if (free >= 0 && free < hint) throw new Error(`cluster ${free} is free, below ${hint}`);
  }
}

/** Where counts differ first, those that are missing being 0; or -1. */
export function firstDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const length = Math.max(a.length, b.length);
  for (let i = 0; i < length; i++) if ((a[i] ?? 0) !== (b[i] ?? 0)) return i;
  return -1;
}
