/** Clusters of one piece of the map. */
const PIECE_CLUSTERS = 2 ** 16;

/**
 * Which clusters of a file are used: one bit for each, in pieces that are made when something in them is used. So a file that is mostly a hole
 * costs nothing.
 */
export class UsedClusters {
  private readonly pieces = new Map<number, Uint8Array>();

  /** Marks a cluster. @returns whether it was marked before */
  mark(cluster: number): boolean {
    const index = Math.floor(cluster / PIECE_CLUSTERS);
    let piece = this.pieces.get(index);
    if (piece === undefined) {
      piece = new Uint8Array(PIECE_CLUSTERS / 8);
      this.pieces.set(index, piece);
    }
    const bit = cluster - index * PIECE_CLUSTERS;
    const mask = 1 << (bit & 7);
    const before = (piece[bit >>> 3]! & mask) !== 0;
    piece[bit >>> 3]! |= mask;
    return before;
  }

  /** Marks `count` clusters from `first` on. @returns whether one of them was marked before */
  markAll(first: number, count: number): boolean {
    let before = false;
    for (let at = first; at < first + count; at++) before = this.mark(at) || before;
    return before;
  }

  /** The runs of clusters in `[first, end)` that are not marked, ascending. */
  *unused(
    first: number,
    end: number,
  ): Generator<{ readonly first: number; readonly count: number }> {
    let start = -1;
    for (let at = first; at < end;) {
      const index = Math.floor(at / PIECE_CLUSTERS);
      const pieceEnd = Math.min(end, (index + 1) * PIECE_CLUSTERS);
      const piece = this.pieces.get(index);
      if (piece === undefined) {
        if (start < 0) start = at;
        at = pieceEnd;
        continue;
      }
      for (; at < pieceEnd; at++) {
        const bit = at - index * PIECE_CLUSTERS;
        const used = ((piece[bit >>> 3]! >>> (bit & 7)) & 1) === 1;
        if (used && start >= 0) {
          yield { first: start, count: at - start };
          start = -1;
        } else if (!used && start < 0) start = at;
      }
    }
    if (start >= 0) yield { first: start, count: end - start };
  }
}
