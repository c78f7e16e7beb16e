/**
 * Where the next compressed stream goes: streams are packed byte behind byte, and a host cluster is used until it is full. Its place is
 * forgotten when the cluster is freed, and when the image is closed.
 */
export class CompressedPosition {
  /** Host offset behind the last stream; 0 = none. */
  next = 0;
  private readonly clusterSize: number;

  constructor(clusterSize: number) {
    this.clusterSize = clusterSize;
  }

  /** Bytes left in the host cluster at hand. */
  get room(): number {
    const used = this.next % this.clusterSize;
    return used === 0 ? 0 : this.clusterSize - used;
  }

  /** The host cluster at hand; only while it has room. */
  get cluster(): number {
    return Math.floor(this.next / this.clusterSize);
  }

  /** Host clusters have become free: whoever takes them next may be somebody else. */
  freed(first: number, count: number): void {
    if (this.room > 0 && this.cluster >= first && this.cluster < first + count) this.next = 0;
  }
}
