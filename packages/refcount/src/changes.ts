/** Clusters that somebody takes for himself, so that no metadata may be put there. */
export interface Taken {
  /** Whether it is one of them. */
  has(cluster: number): boolean;
  /** The first cluster behind all of them. */
  readonly end: number;
}

/**
 * What is to be added to counts, cut into items that lie in one block each, blocks ascending. Checked as a whole before any of it is
 * applied.
 */
export interface Changes extends Taken {
  /** Items. */
  readonly length: number;
  /** Whether counts go up, so that blocks may have to be made. */
  readonly up: boolean;
  /** Throws a RangeError for what could not be checked when this was made. */
  validate(): void;
  /** Index of the block that item `i` lies in. */
  blockOf(i: number): number;
  /** The first item behind `i` that lies in another block. */
  endOf(i: number): number;
  /** Throws unless all counts that the items `from` to `to` mean, which lie in one block, can take the change. Without `block` all are 0. */
  check(block: Uint8Array | undefined, from: number, to: number): void;
  /** Makes the change, and tells `freed` of runs of clusters whose counts are 0 now. */
  apply(
    block: Uint8Array,
    from: number,
    to: number,
    freed: (first: number, count: number) => void,
  ): void;
  /** The opposite of the first `count` items. */
  opposite(count: number): Changes;
}
