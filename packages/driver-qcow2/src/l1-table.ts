import { ImageError, readPadded, type BlockDevice, type MaybePromise } from '@q/block';
import { entryHi, entryLo, hostOffsetOf, isCopied, type Geometry } from '@q/format';

/** An L2 table that is not a cluster of the image. */
const INVALID = -1;

/**
 * An L1 table in memory, decoded once. Offsets and flags are apart, so that a read looks at one double.
 */
export class L1Table {
  /** Where the table is in the file, bytes. */
  readonly offset: number;
  /** Host offset of each L2 table; 0 = none, -1 = damaged. */
  readonly tables: Float64Array;
  /** 1 where COPIED is set. */
  readonly copied: Uint8Array;

  constructor(offset: number, entries: number) {
    this.offset = offset;
    this.tables = new Float64Array(entries);
    this.copied = new Uint8Array(entries);
  }

  get entries(): number {
    return this.tables.length;
  }

  /** The 8 bytes of an entry as they stand on disk. */
  bytesOf(index: number): Uint8Array {
    const bytes = new Uint8Array(8);
    const view = new DataView(bytes.buffer);
    const table = this.tables[index]!;
    view.setUint32(0, table === 0 ? 0 : entryHi(table, this.copied[index] === 1));
    view.setUint32(4, entryLo(table));
    return bytes;
  }

  /** The bytes of the whole table as they stand on disk, `length` of them: zeroes behind the entries. */
  serialize(length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    for (let i = 0; i < this.entries; i++) {
      if (this.tables[i] !== 0) bytes.set(this.bytesOf(i), i * 8);
    }
    return bytes;
  }

  /** Throws `corrupt` for an entry whose L2 table cannot be. */
  reject(index: number): never {
    throw new ImageError(
      'corrupt',
      `L1 entry ${index} names an L2 table that is not a cluster of the image. The image is damaged: run a check, or restore it from a copy.`,
      { offset: this.offset + index * 8, subject: 'L1 entry' },
    );
  }
}

/** Reads a table of `entries` entries at `offset`. What lies past the end of the file is empty. Limits were checked with the header. */
export function readL1Table(
  file: BlockDevice,
  geometry: Geometry,
  offset: number,
  entries: number,
): MaybePromise<L1Table> {
  const bytes = new Uint8Array(entries * 8);
  const read = readPadded(file, bytes, offset);
  const decode = (): L1Table => {
    const table = new L1Table(offset, entries);
    const view = new DataView(bytes.buffer);
    for (let i = 0; i < entries; i++) {
      const hi = view.getUint32(i * 8);
      const host = hostOffsetOf(hi, view.getUint32(i * 8 + 4));
      const valid = host % geometry.clusterSize === 0 && host < geometry.hostLimit;
      table.tables[i] = valid ? host : INVALID;
      table.copied[i] = isCopied(hi) ? 1 : 0;
    }
    return table;
  };
  return read instanceof Promise ? read.then(decode) : decode();
}
