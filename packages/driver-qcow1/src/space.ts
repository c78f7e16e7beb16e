import { ImageError, type BlockDevice } from '@q/block';

/** Host offsets stay exact below this. */
const HOST_LIMIT = Number.MAX_SAFE_INTEGER;

/**
 * Where new clusters and tables go: behind everything. The format counts nothing, so what was let go (a cluster that was compressed and is
 * written again, say) is lost for good; only the newest run can be given back, while nobody has been told of it.
 */
export class Space {
  private readonly file: BlockDevice;
  private end: number;

  constructor(file: BlockDevice, clusterSize: number) {
    this.file = file;
    // The last cluster may end behind the last byte that was written.
    this.end = Math.ceil(file.size / clusterSize) * clusterSize;
  }

  /**
   * Takes `bytes` bytes at a multiple of `alignment`.
   * @throws ImageError `no-space` where the file cannot grow, `limit` past 2^53
   */
  take(bytes: number, alignment: number): number {
    const host = Math.ceil(this.end / alignment) * alignment;
    const end = host + bytes;
    if (end > HOST_LIMIT) {
      throw new ImageError('limit', 'The image file cannot grow past 2^53 bytes.', {
        expected: HOST_LIMIT,
        found: end,
      });
    }
    if (this.file.growable !== true && end > this.file.size) {
      throw new ImageError(
        'no-space',
        'The device under the image is full, and new clusters only go behind its end: use a larger device, or a file.',
        { expected: this.file.size, found: end },
      );
    }
    this.end = end;
    return host;
  }

  /** Gives back what was taken last. Anything older is lost. */
  giveBack(host: number, bytes: number): void {
    if (host + bytes === this.end) this.end = host;
  }
}
