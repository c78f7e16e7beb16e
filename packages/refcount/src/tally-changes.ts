import { ImageError } from '@q/block';
import { getRefcount, setRefcount, type Geometry } from '@q/format';
import type { Changes } from './changes.ts';
import { refuseCount } from './count-error.ts';
import { SPILLED, type Tally } from './tally.ts';

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
    const { refcountsPerBlock } = this.geometry;
    const base = this.list[from]! * refcountsPerBlock - this.tally.first;
    const quads = wordsOf(this.tally.times, base, refcountsPerBlock);
    const halves = this.halvesOf(block);
    // Neighbours are mostly alike: what was good a moment ago is good again.
    let goodQuad = 0;
    let good0 = 0;
    let good1 = 0;
    for (let q = 0; q < quads.length; q++) {
      const quad = quads[q]!;
      if (quad === 0) continue;
      if (halves === undefined) this.checkFour(block, base, q * 4);
      else {
        const half0 = halves[q * 2]!;
        const half1 = halves[q * 2 + 1]!;
        if (quad === goodQuad && half0 === good0 && half1 === good1) continue;
        const plain = this.checkFour(block, base, q * 4);
        goodQuad = plain ? quad : 0;
        good0 = half0;
        good1 = half1;
      }
    }
  }

  /** @returns whether the next four can be judged by these: none is named more often than a byte says */
  private checkFour(block: Uint8Array | undefined, base: number, from: number): boolean {
    const { geometry, tally, delta } = this;
    let plain = true;
    for (let i = from; i < from + 4; i++) {
      const named = tally.times[base + i]!;
      if (named === 0) continue;
      if (named === SPILLED) plain = false;
      const before = block === undefined ? 0 : getRefcount(block, geometry.refcountOrder, i);
      const change = tally.at(base + i) * delta;
      const after = before + change;
      const cluster = tally.first + base + i;
      if (before === 0 && !this.undoes) refuseUncounted(geometry, cluster);
      if (!(after >= 0 && after <= geometry.maxRefcount) || (cluster === 0 && after === 0)) {
        refuseCount(geometry, cluster, before, change);
      }
    }
    return plain;
  }

  apply(
    block: Uint8Array,
    from: number,
    _to: number,
    freed: (first: number, count: number) => void,
  ): void {
    const { tally } = this;
    const { refcountsPerBlock } = this.geometry;
    const first = this.list[from]! * refcountsPerBlock;
    const base = first - tally.first;
    const quads = wordsOf(tally.times, base, refcountsPerBlock);
    const halves = this.halvesOf(block);
    const runs = new FreedRuns(first, freed);
    // As in `check`: what four counts have become.
    let lastQuad = 0;
    let before0 = 0;
    let before1 = 0;
    let after0 = 0;
    let after1 = 0;
    for (let q = 0; q < quads.length; q++) {
      const quad = quads[q]!;
      if (quad === 0) continue;
      if (halves === undefined) this.applyFour(block, base, q * 4, runs);
      else {
        const half0 = halves[q * 2]!;
        const half1 = halves[q * 2 + 1]!;
        if (quad === lastQuad && half0 === before0 && half1 === before1) {
          halves[q * 2] = after0;
          halves[q * 2 + 1] = after1;
          continue;
        }
        const plain = this.applyFour(block, base, q * 4, runs);
        lastQuad = plain ? quad : 0;
        before0 = half0;
        before1 = half1;
        after0 = halves[q * 2]!;
        after1 = halves[q * 2 + 1]!;
      }
    }
    runs.end();
  }

  /** @returns whether the next four can be changed as these: none is free now, and none is named more often than a byte says */
  private applyFour(block: Uint8Array, base: number, from: number, runs: FreedRuns): boolean {
    const { tally, delta } = this;
    const { refcountOrder } = this.geometry;
    let plain = true;
    for (let i = from; i < from + 4; i++) {
      const named = tally.times[base + i]!;
      if (named === 0) continue;
      if (named === SPILLED) plain = false;
      const after = getRefcount(block, refcountOrder, i) + tally.at(base + i) * delta;
      setRefcount(block, refcountOrder, i, after);
      if (after > 0) continue;
      plain = false;
      runs.add(i);
    }
    return plain;
  }

  /** Counts of 16 bits, two in a word, in the byte order of this machine. */
  private halvesOf(block: Uint8Array | undefined): Uint32Array | undefined {
    if (block === undefined || this.geometry.refcountOrder !== 4) return undefined;
    return wordsOf(block, 0, block.length);
  }

  opposite(count: number): TallyChanges {
    const delta = this.delta > 0 ? -1 : 1;
    return new TallyChanges(this.geometry, this.tally, delta, this.list.slice(0, count), true);
  }
}

/** Clusters of a block that become free one after the other, told of in runs. */
class FreedRuns {
  private readonly block: number;
  private readonly freed: (first: number, count: number) => void;
  private from = 0;
  private to = 0;

  constructor(block: number, freed: (first: number, count: number) => void) {
    this.block = block;
    this.freed = freed;
  }

  add(i: number): void {
    if (i !== this.to) {
      this.end();
      this.from = i;
    }
    this.to = i + 1;
  }

  end(): void {
    if (this.to > this.from) this.freed(this.block + this.from, this.to - this.from);
    this.from = this.to;
  }
}

function wordsOf(bytes: Uint8Array, from: number, length: number): Uint32Array {
  return new Uint32Array(bytes.buffer, bytes.byteOffset + from, length / 4);
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
