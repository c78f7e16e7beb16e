import { ImageError } from '@q/block';
import { getRefcount, setRefcount, type Geometry } from '@q/format';
import type { Changes } from './changes.ts';
import { refuseCount } from './count-error.ts';
import type { Tally } from './tally.ts';

/**
 * A change of `delta` for each time that a cluster is named. An item is a whole block. Clusters that are named are in use, so their counts are not 0 before: one that
 * is shows damage, and is not raised.
 */
export class TallyChanges implements Changes {
  readonly up: boolean;
  private readonly geometry: Geometry;
  private readonly tally: Tally;
  private readonly delta: number;
  private readonly list: readonly number[];
  private readonly undoes: boolean;

  constructor(
    geometry: Geometry,
    tally: Tally,
    delta: 1 | -1,
    list = tally.touchedBlocks(),
    undoes = false,
  ) {
    this.geometry = geometry;
    this.tally = tally;
    this.delta = delta;
    this.list = list;
    this.up = delta > 0;
    this.undoes = undoes;
  }

  get length(): number {
    return this.list.length;
  }

  get end(): number {
    return this.tally.first + this.tally.times.length;
  }

  has(cluster: number): boolean {
    return (this.tally.times[cluster - this.tally.first] ?? 0) > 0;
  }

  /** Called when a block is missing, which means that a cluster is in use and nothing counts it. */
  validate(): void {
    for (let i = 0; i < this.length; i++) this.check(undefined, i);
  }

  blockOf(i: number): number {
    return this.list[i]!;
  }

  endOf(i: number): number {
    return i + 1;
  }

  check(block: Uint8Array | undefined, from: number): void {
    const { geometry, tally, delta } = this;
    const { refcountsPerBlock, refcountOrder, maxRefcount } = geometry;
    const { times } = tally;
    const base = this.list[from]! * refcountsPerBlock - tally.first;
    // Neighbours are mostly alike: what was good a moment ago is good again.
    let lastBefore = -1;
    let lastTimes = -1;
    for (let i = 0; i < refcountsPerBlock; i++) {
      const named = times[base + i]!;
      if (named === 0) continue;
      const before = block === undefined ? 0 : countAt(block, refcountOrder, i);
      if (before === lastBefore && named === lastTimes) continue;
      const change = tally.at(base + i) * delta;
      const after = before + change;
      const cluster = tally.first + base + i;
      if (before === 0 && !this.undoes) refuseUncounted(geometry, cluster);
      if (!(after >= 0 && after <= maxRefcount) || (cluster === 0 && after === 0)) {
        refuseCount(geometry, cluster, before, change);
      }
      lastBefore = before;
      lastTimes = named < 255 ? named : -1;
    }
  }

  apply(
    block: Uint8Array,
    from: number,
    _to: number,
    freed: (first: number, count: number) => void,
  ): void {
    const { geometry, tally, delta } = this;
    const { refcountsPerBlock, refcountOrder } = geometry;
    const { times } = tally;
    const first = this.list[from]! * refcountsPerBlock;
    const base = first - tally.first;
    let freedFrom = -1;
    for (let i = 0; i < refcountsPerBlock; i++) {
      const named = times[base + i]!;
      let after = -1;
      if (named !== 0) {
        const change = named < 255 ? named : tally.at(base + i);
        after = countAt(block, refcountOrder, i) + change * delta;
        if (refcountOrder === 4) {
          block[i * 2] = after >>> 8;
          block[i * 2 + 1] = after;
        } else setRefcount(block, refcountOrder, i, after);
      }
      if (after === 0) {
        if (freedFrom < 0) freedFrom = i;
      } else if (freedFrom >= 0) {
        freed(first + freedFrom, i - freedFrom);
        freedFrom = -1;
      }
    }
    if (freedFrom >= 0) freed(first + freedFrom, refcountsPerBlock - freedFrom);
  }

  opposite(count: number): TallyChanges {
    const delta = this.delta > 0 ? -1 : 1;
    return new TallyChanges(this.geometry, this.tally, delta, this.list.slice(0, count), true);
  }
}

function countAt(block: Uint8Array, order: number, i: number): number {
  return order === 4 ? (block[i * 2]! << 8) | block[i * 2 + 1]! : getRefcount(block, order, i);
}

function refuseUncounted(geometry: Geometry, cluster: number): never {
  throw new ImageError(
    'corrupt',
    `Host cluster ${cluster} is in use and its refcount is 0. The image is damaged: run a repair before writing.`,
    {
      offset: cluster * geometry.clusterSize,
      subject: 'refcount',
      expected: 'at least 1',
      found: 0,
    },
  );
}

/** Throws when a cluster is named that lies behind all that is counted. */
export function refuseBehind(geometry: Geometry, tally: Tally, blocks: number): void {
  if (tally.last >= blocks * geometry.refcountsPerBlock) refuseUncounted(geometry, tally.last);
}
