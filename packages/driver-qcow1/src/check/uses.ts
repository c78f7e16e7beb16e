/** What uses a range of the image file. */
export const Use = {
  header: 0,
  backingName: 1,
  l1: 2,
  l2: 3,
  data: 4,
  compressed: 5,
} as const;

const NAMES = [
  'header',
  'backing file name',
  'L1 table',
  'L2 table',
  'cluster',
  'compressed cluster',
];

/** Every range of the image file that something names: 25 bytes for each, so a file of 100 GiB in clusters of 4 KiB takes 650 MB. */
export class Uses {
  count = 0;
  private starts = new Float64Array(1024);
  private ends = new Float64Array(1024);
  private named = new Float64Array(1024);
  private kinds = new Uint8Array(1024);

  /** `namedAt`: where the entry stands that names the range, bytes. */
  add(kind: (typeof Use)[keyof typeof Use], from: number, length: number, namedAt: number): void {
    if (length === 0) return;
    const at = this.count++;
    if (at === this.starts.length) this.grow();
    this.starts[at] = from;
    this.ends[at] = from + length;
    this.named[at] = namedAt;
    this.kinds[at] = kind;
  }

  /** The ranges by where they begin, as indexes. */
  sorted(): Uint32Array {
    const order = new Uint32Array(this.count).map((_, at) => at);
    const { starts } = this;
    return order.sort((a, b) => starts[a]! - starts[b]!);
  }

  startOf(index: number): number {
    return this.starts[index]!;
  }

  endOf(index: number): number {
    return this.ends[index]!;
  }

  /** For messages. */
  describe(index: number): string {
    const kind = NAMES[this.kinds[index]!]!;
    return `${kind} ${this.starts[index]}..${this.ends[index]}, named at ${this.named[index]}`;
  }

  private grow(): void {
    const length = this.starts.length * 2;
    const larger = (array: Float64Array): Float64Array<ArrayBuffer> => {
      const copy = new Float64Array(length);
      copy.set(array);
      return copy;
    };
    this.starts = larger(this.starts);
    this.ends = larger(this.ends);
    this.named = larger(this.named);
    const kinds = new Uint8Array(length);
    kinds.set(this.kinds);
    this.kinds = kinds;
  }
}
