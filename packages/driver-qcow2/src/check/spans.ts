/** Ranges of the file that structures say they take; they may overlap, as those of a hostile image do. */
export class Spans {
  private readonly starts: number[] = [];
  private readonly ends: number[] = [];

  /** `start`..`end`; an empty range is none. */
  add(start: number, end: number): void {
    if (start >= end) return;
    this.starts.push(start);
    this.ends.push(end);
  }

  /**
   * The ranges cut where one starts or ends, in order, each piece once, with how many ranges it is in. So 65536 tables over each other
   * are read once.
   */
  pieces(): Piece[] {
    const starts = Float64Array.from(this.starts).sort();
    const ends = Float64Array.from(this.ends).sort();
    const pieces: Piece[] = [];
    let depth = 0;
    let from = 0;
    for (let s = 0, e = 0; e < ends.length;) {
      const start = s < starts.length ? starts[s]! : Infinity;
      const at = Math.min(start, ends[e]!);
      if (depth > 0 && at > from) pieces.push({ start: from, end: at, depth });
      from = at;
      if (start === at) {
        depth++;
        s++;
      } else {
        depth--;
        e++;
      }
    }
    return pieces;
  }
}

/** Part of the file that is in `depth` ranges. */
export interface Piece {
  readonly start: number;
  readonly end: number;
  readonly depth: number;
}
