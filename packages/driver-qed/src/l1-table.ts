import { ImageError, readPadded, wait, type BlockDevice, type Steps } from '@q/block';
import { entryHi, entryLo, entryOffset, isTableOffset, type QedGeometry } from '@q/qed';

/** An L2 table where none can be. */
const INVALID = -1;

/** An L1 table in memory, decoded once, as far as the disk reaches. */
export class L1Table {
  /** Where the table is in the file, bytes. */
  readonly offset: number;
  /** Host offset of each L2 table; 0 = none, -1 = damaged. */
  tables = new Float64Array(0);
  private readonly geometry: QedGeometry;

  constructor(offset: number, geometry: QedGeometry) {
    this.offset = offset;
    this.geometry = geometry;
  }

  /**
   * Reads the entries that a disk of `size` bytes needs and that are not in memory yet: a few MiB at most, whatever the size of the table.
   * @param hostEnd where the last whole cluster of the file ends
   */
  *readFor(file: BlockDevice, size: number, hostEnd: number): Steps<void> {
    const known = this.tables.length;
    const needed = Math.ceil(size / this.geometry.l2Span);
    if (needed <= known) return;
    const bytes = new Uint8Array((needed - known) * 8);
    yield* wait(readPadded(file, bytes, this.offset + known * 8));
    const view = new DataView(bytes.buffer);
    const tables = new Float64Array(needed);
    tables.set(this.tables);
    for (let i = known; i < needed; i++) {
      const at = (i - known) * 8;
      const table = entryOffset(view.getUint32(at, true), view.getUint32(at + 4, true));
      const valid = table === 0 || isTableOffset(table, this.geometry, hostEnd);
      tables[i] = valid ? table : INVALID;
    }
    this.tables = tables;
  }

  /** The 8 bytes of an entry as they stand on disk. */
  bytesOf(index: number): Uint8Array {
    const bytes = new Uint8Array(8);
    const view = new DataView(bytes.buffer);
    view.setUint32(0, entryLo(this.tables[index]!), true);
    view.setUint32(4, entryHi(this.tables[index]!), true);
    return bytes;
  }

  /** Throws `corrupt` for an entry whose L2 table cannot be. */
  reject(index: number): never {
    throw new ImageError(
      'corrupt',
      `L1 entry ${index} names an L2 table that is not in the file. The image is damaged: run a check, or restore it from a copy.`,
      { offset: this.offset + index * 8, subject: 'L1 entry' },
    );
  }
}
