import { ImageError, readPadded, type BlockDevice, type MaybePromise } from '@q/block';
import { entryLo, refcountBlockOffsetOf, type Geometry } from '@q/format';

/** The refcount table in memory: where the block is that counts the clusters of each span. */
export class RefcountTable {
  /** Where the table is in the file, bytes. */
  readonly offset: number;
  readonly clusters: number;
  /** Host offset of each block; 0 = none, all its counts are 0. -1 = damaged. */
  readonly blocks: Float64Array;

  constructor(offset: number, clusters: number, clusterSize: number) {
    this.offset = offset;
    this.clusters = clusters;
    this.blocks = new Float64Array((clusters * clusterSize) / 8);
  }

  /** Host offset of block `index`; 0 for none, and for one beyond the table. Throws `corrupt` for a damaged entry. */
  blockAt(index: number): number {
    const block = index < this.blocks.length ? this.blocks[index]! : 0;
    if (block < 0) {
      throw new ImageError(
        'corrupt',
        `Refcount table entry ${index} names a block that is not a cluster of the image. The image is damaged: run a repair before writing.`,
        { offset: this.offset + index * 8, subject: 'refcount table entry' },
      );
    }
    return block;
  }

  /** The first index behind all blocks that exist. */
  endOfBlocks(): number {
    let end = this.blocks.length;
    while (end > 0 && this.blocks[end - 1] === 0) end--;
    return end;
  }

  /**
   * The bytes of the entries `from` to `to` (all, by default), as they stand on disk.
   * @throws ImageError `corrupt` where one of them is damaged: what it was is not known here
   */
  serialize(from = 0, to = this.blocks.length): Uint8Array {
    const bytes = new Uint8Array((to - from) * 8);
    const view = new DataView(bytes.buffer);
    for (let i = from; i < to; i++) {
      // Block offsets use bits 9..63, all that a safe integer has: no COPIED flag to keep apart.
      const block = this.blockAt(i);
      view.setUint32((i - from) * 8, Math.floor(block / 0x1_0000_0000));
      view.setUint32((i - from) * 8 + 4, entryLo(block));
    }
    return bytes;
  }
}

/**
 * Reads the table that the header names. Its length was checked against the limits with the header. Entries that name no cluster of the file are
 * kept as damaged, and throw when they are needed.
 */
export function readRefcountTable(
  file: BlockDevice,
  geometry: Geometry,
  offset: number,
  clusters: number,
): MaybePromise<RefcountTable> {
  const { clusterSize } = geometry;
  const end = Math.min(geometry.hostLimit, file.size);
  const table = new RefcountTable(offset, clusters, clusterSize);
  const bytes = new Uint8Array(clusters * clusterSize);
  const read = readPadded(file, bytes, offset);
  const decode = (): RefcountTable => {
    const view = new DataView(bytes.buffer);
    for (let i = 0; i < table.blocks.length; i++) {
      const block = refcountBlockOffsetOf(view.getUint32(i * 8), view.getUint32(i * 8 + 4));
      table.blocks[i] = block < end && block % clusterSize === 0 ? block : -1;
    }
    return table;
  };
  return read instanceof Promise ? read.then(decode) : decode();
}
