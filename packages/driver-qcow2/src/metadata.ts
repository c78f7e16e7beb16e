/** Which host clusters hold metadata: guest data must never be written there. Rebuilt when an image is opened, kept up to date after. */
export class MetadataMap {
  private readonly clusters = new Set<number>();
  private readonly clusterSize: number;

  constructor(clusterSize: number) {
    this.clusterSize = clusterSize;
  }

  /** `bytes` of metadata from host offset `offset` on. */
  add(offset: number, bytes: number): void {
    const end = Math.ceil((offset + bytes) / this.clusterSize);
    for (let at = Math.floor(offset / this.clusterSize); at < end; at++) this.clusters.add(at);
  }

  /** Clusters that hold metadata no longer. */
  remove(first: number, count: number): void {
    for (let at = first; at < first + count; at++) this.clusters.delete(at);
  }

  /** The first of these clusters that holds metadata, or -1. */
  overlap(first: number, count: number): number {
    for (let at = first; at < first + count; at++) if (this.clusters.has(at)) return at;
    return -1;
  }

  /** The first metadata cluster that `bytes` bytes at host offset `offset` touch, or -1. */
  overlapBytes(offset: number, bytes: number): number {
    const first = Math.floor(offset / this.clusterSize);
    return this.overlap(first, Math.ceil((offset + bytes) / this.clusterSize) - first);
  }
}
