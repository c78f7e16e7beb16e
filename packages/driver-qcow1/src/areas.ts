import { ImageError } from '@q/block';

/** A range of the image file that holds metadata. Bytes. */
export interface Area {
  readonly from: number;
  readonly to: number;
  /** For messages. */
  readonly what: string;
}

/**
 * Where the image file holds metadata: header, backing file name, L1 table, L2 tables. Guest data is never written there, whatever an L2 entry says.
 * Sorted and disjoint, so a look costs a binary search: 20 steps for a million tables. A set of clusters would take 64 entries for each
 * table of 32 KiB in clusters of 512.
 */
export class Areas {
  private starts: Float64Array;
  private ends: Float64Array;
  private count = 0;

  /** @throws ImageError `corrupt` when two areas overlap */
  constructor(areas: readonly Area[]) {
    const sorted = areas.filter(({ from, to }) => from < to).sort((a, b) => a.from - b.from);
    this.starts = new Float64Array(sorted.length + 16);
    this.ends = new Float64Array(sorted.length + 16);
    let before: Area | undefined;
    for (const area of sorted) {
      if (before !== undefined && before.to > area.from) {
        throw new ImageError(
          'corrupt',
          `${area.what} at ${area.from} overlaps ${before.what} at ${before.from}. Nothing may be written to such an image: open it with the option 'readOnly' and copy what can be read.`,
          { offset: area.from, found: area.from, expected: `from ${before.to} on` },
        );
      }
      this.add(area.from, area.to);
      before = area;
    }
  }

  /** Takes in an area that lies behind all others. */
  add(from: number, to: number): void {
    const { count } = this;
    if (count > 0 && from < this.ends[count - 1]!) {
      throw new RangeError(`the area at ${from} is not behind all others`);
    }
    if (count === this.starts.length) {
      this.starts = grown(this.starts);
      this.ends = grown(this.ends);
    }
    this.starts[count] = from;
    this.ends[count] = to;
    this.count++;
  }

  /** Whether `[from, to)` touches metadata. */
  overlaps(from: number, to: number): boolean {
    const { starts } = this;
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (starts[middle]! < to) low = middle + 1;
      else high = middle;
    }
    return low > 0 && this.ends[low - 1]! > from;
  }
}

function grown(array: Float64Array): Float64Array {
  const larger = new Float64Array(array.length * 2);
  larger.set(array);
  return larger;
}
