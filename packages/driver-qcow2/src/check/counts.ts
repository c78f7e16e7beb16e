import { ImageError } from '@q/block';

/** An L1 or L2 entry in use names the cluster, and has COPIED. */
export const COPIED = 1;
/** An L1 or L2 entry in use names the cluster, and has no COPIED. */
export const UNCOPIED = 2;

/** Largest number of host clusters: a byte each must fit an array. */
const MOST_CLUSTERS = 2 ** 32;

/**
 * How often each host cluster is named, and by what: a word for each cluster of the file. The upper two bits of a word are the flags
 * `COPIED` and `UNCOPIED`, the others count. Words have 8 bits, and 16 or 32 once a count needs them; pages that are never touched cost nothing.
 *
 * (A `Map` for the few counts that do not fit a byte was the other way: a table shared by many snapshots makes them the many.)
 */
export class Counts {
  /** Clusters of the file; one word more, for a compressed stream that ends in the cluster behind the file. */
  readonly clusters: number;
  words: Uint8Array | Uint16Array | Uint32Array;
  /** The same memory, four bytes at a time. */
  quads: Uint32Array;
  /** Bits that count. */
  bits: 6 | 14 | 30 = 6;
  /** The largest count, and the mask of the bits that count. */
  most = 0x3f;
  /** Counts that did not fit 30 bits, and stay at the largest one. */
  overflows = 0;

  /** @throws ImageError `limit` for a file of more than 2^32 clusters */
  constructor(clusters: number) {
    this.clusters = clusters;
    // Whole 32-bit words, so that runs of zeros can be skipped.
    const length = Math.ceil((clusters + 1) / 4) * 4;
    try {
      if (length > MOST_CLUSTERS) throw new RangeError(`${clusters} clusters are too many`);
      this.words = new Uint8Array(length);
      this.quads = new Uint32Array(this.words.buffer);
    } catch (cause) {
      throw new ImageError(
        'limit',
        `The file has ${clusters} clusters, more than can be counted here. Cut what is behind the end of the image off the file.`,
        { subject: 'file size', expected: MOST_CLUSTERS, found: clusters, cause },
      );
    }
  }

  /** The count of a cluster. */
  at(cluster: number): number {
    return this.words[cluster]! & this.most;
  }

  /** The flags of a cluster: `COPIED`, `UNCOPIED`, both or neither. */
  flagsAt(cluster: number): number {
    return this.words[cluster]! >>> this.bits;
  }

  /** Adds to a count, and sets flags. */
  add(cluster: number, by: number, flags: number): void {
    let count = this.at(cluster) + by;
    while (count > this.most) {
      if (this.bits === 30) {
        count = this.most;
        this.overflows++;
      } else this.widen();
    }
    this.words[cluster] = count + ((this.flagsAt(cluster) | flags) << this.bits);
  }

  /** Adds to the counts of the clusters `first`..`end`, and sets flags. */
  addRange(first: number, end: number, by: number, flags: number): void {
    if (by <= this.most && this.isUnused(first, end)) {
      this.words.fill(by + (flags << this.bits), first, end);
      return;
    }
    for (let cluster = first; cluster < end; cluster++) this.add(cluster, by, flags);
  }

  /** Sets the flags of a cluster to these and no others. */
  setFlags(cluster: number, flags: number): void {
    this.words[cluster] = this.at(cluster) + (flags << this.bits);
  }

  /** Whether the clusters `first`..`end` have neither counts nor flags. Hot: looks at four bytes at once. */
  private isUnused(first: number, end: number): boolean {
    const { words, quads } = this;
    const perQuad = 4 / words.BYTES_PER_ELEMENT;
    const quad = Math.ceil(first / perQuad);
    const quadEnd = Math.floor(end / perQuad);
    for (let at = quad; at < quadEnd; at++) if (quads[at] !== 0) return false;
    for (let at = first; at < end && at < quad * perQuad; at++) if (words[at] !== 0) return false;
    for (let at = Math.max(first, quadEnd * perQuad); at < end; at++) {
      if (words[at] !== 0) return false;
    }
    return true;
  }

  /** The first cluster at or behind `from` that has a count or a flag; `clusters` + 1 when there is none. */
  nextUsed(from: number): number {
    const { words, quads } = this;
    const end = this.clusters + 1;
    const perQuad = 4 / words.BYTES_PER_ELEMENT;
    let at = from;
    while (at < end && at % perQuad !== 0 && words[at] === 0) at++;
    if (at >= end || words[at] !== 0) return Math.min(at, end);
    let quad = at / perQuad;
    while (quad < quads.length && quads[quad] === 0) quad++;
    at = quad * perQuad;
    while (at < end && words[at] === 0) at++;
    return Math.min(at, end);
  }

  private widen(): void {
    const { words: narrow, most, bits } = this;
    const { length } = narrow;
    const wide = bits === 6 ? new Uint16Array(length) : new Uint32Array(length);
    const toBits = bits === 6 ? 14 : 30;
    for (let at = 0; at < length; at++) {
      const word = narrow[at]!;
      if (word !== 0) wide[at] = (word & most) + ((word >>> bits) << toBits);
    }
    this.words = wide;
    this.quads = new Uint32Array(wide.buffer);
    this.bits = toBits;
    this.most = 2 ** toBits - 1;
  }
}
