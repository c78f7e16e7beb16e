import type { Geometry } from '@q/format';
import type { Refcounts } from './refcounts.ts';

/** Most clusters that one window holds, unless a single block counts more: 64 MiB of memory, of which only what is named is touched. */
export const TALLY_CLUSTERS = 2 ** 26;

/** Blocks that are changed together. */
export interface TallyWindow {
  /** The first block, by its index in the refcount table. */
  readonly firstBlock: number;
  readonly blocks: number;
}

/** All blocks of an image, cut into windows of at most `clusters` clusters, but at least one block. */
export function tallyWindows(refcounts: Refcounts, clusters = TALLY_CLUSTERS): TallyWindow[] {
  const end = refcounts.table.endOfBlocks();
  const most = Math.max(1, Math.floor(clusters / refcounts.geometry.refcountsPerBlock));
  const windows: TallyWindow[] = [];
  for (let firstBlock = 0; firstBlock < end; firstBlock += most) {
    windows.push({ firstBlock, blocks: Math.min(most, end - firstBlock) });
  }
  return windows;
}

/** In `times`: more than fits a byte; see `at`. */
export const SPILLED = 255;

/**
 * How often each host cluster of a window is named: what a walk over mapping tables fills, in any order, to change millions of counts at once. A
 * byte for each cluster of the window, whatever the width of the refcounts. What lies outside of the window is left out.
 */
export class Tally {
  /** The first cluster of the window. */
  readonly first: number;
  /** Times that each cluster is named; {@link SPILLED} for many. */
  readonly times: Uint8Array;
  /** The last cluster that was named, in the window or not; -1 when none was. */
  last = -1;
  private readonly perBlock: number;
  private readonly firstBlock: number;
  private readonly touched: Uint8Array;
  private readonly spilled = new Map<number, number>();
  /** All behind this is 0 still. */
  private reached = 0;

  constructor(geometry: Geometry, { firstBlock, blocks }: TallyWindow) {
    this.perBlock = geometry.refcountsPerBlock;
    this.firstBlock = firstBlock;
    this.first = firstBlock * this.perBlock;
    this.times = new Uint8Array(blocks * this.perBlock);
    this.touched = new Uint8Array(blocks);
  }

  /** Each of the clusters `[first, first + count)` is named once more. */
  add(first: number, count: number): void {
    if (first + count - 1 > this.last) this.last = first + count - 1;
    const { times, perBlock } = this;
    const from = Math.max(0, first - this.first);
    const to = Math.min(times.length, first + count - this.first);
    if (from >= to) return;
    const lastBlock = Math.floor((to - 1) / perBlock);
    for (let block = Math.floor(from / perBlock); block <= lastBlock; block++) {
      this.touched[block] = 1;
    }
    if (from >= this.reached) {
      times.fill(1, from, to);
      this.reached = to;
      return;
    }
    if (to > this.reached) this.reached = to;
    for (let i = from; i < to; i++) {
      const before = times[i]!;
      if (before < SPILLED - 1) times[i] = before + 1;
      else this.spill(i);
    }
  }

  private spill(i: number): void {
    this.times[i] = SPILLED;
    this.spilled.set(i, (this.spilled.get(i) ?? SPILLED - 1) + 1);
  }

  /** How often cluster number `first + i` is named. */
  at(i: number): number {
    const times = this.times[i]!;
    return times < SPILLED ? times : this.spilled.get(i)!;
  }

  /** The blocks that have clusters which are named, by their index in the refcount table, ascending. */
  touchedBlocks(): number[] {
    const found: number[] = [];
    this.touched.forEach((touched, i) => {
      if (touched === 1) found.push(this.firstBlock + i);
    });
    return found;
  }
}
