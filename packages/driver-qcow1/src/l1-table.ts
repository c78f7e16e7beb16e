import { ImageError, readPadded, type BlockDevice, type MaybePromise } from '@q/block';
import type { Qcow1Geometry } from '@q/format/qcow1';
import { QCOW1_HEADER_BYTES, qcow1OffsetOf } from '@q/format/qcow1';

/** An L2 table that is not where one can be. */
const INVALID = -1;

/** The L1 table in memory, decoded once, so that a read looks at one double. */
export class L1Table {
  /** Where the table is in the file, bytes. */
  readonly offset: number;
  /** Host offset of each L2 table; 0 = none, -1 = damaged. */
  readonly tables: Float64Array;

  constructor(offset: number, tables: Float64Array) {
    this.offset = offset;
    this.tables = tables;
  }

  /** The 8 bytes of `count` entries from `first` on, as they stand on disk. */
  bytesOf(first: number, count: number): Uint8Array {
    const bytes = new Uint8Array(count * 8);
    const view = new DataView(bytes.buffer);
    for (let i = 0; i < count; i++) {
      const table = this.tables[first + i]!;
      if (table < 0) this.reject(first + i);
      view.setUint32(i * 8, Math.floor(table / 0x1_0000_0000));
      view.setUint32(i * 8 + 4, table % 0x1_0000_0000);
    }
    return bytes;
  }

  /** Throws `corrupt` for an entry whose L2 table cannot be. */
  reject(index: number): never {
    throw new ImageError(
      'corrupt',
      `L1 entry ${index} names an L2 table that lies over the header or the L1 table, or not in the file. The image is damaged: run a check, or restore it from a copy.`,
      { offset: this.offset + index * 8, subject: 'L1 entry' },
    );
  }
}

/** Reads the L1 table. Limits were checked with the header. */
export function readL1Table(file: BlockDevice, geometry: Qcow1Geometry): MaybePromise<L1Table> {
  const { l1TableOffset, l1Entries } = geometry;
  const bytes = new Uint8Array(l1Entries * 8);
  const read = readPadded(file, bytes, l1TableOffset);
  const decode = (): L1Table => decodeL1(bytes, geometry, file.size);
  return read instanceof Promise ? read.then(decode) : decode();
}

function decodeL1(bytes: Uint8Array, geometry: Qcow1Geometry, fileSize: number): L1Table {
  const { l1TableOffset, l1Entries, l2Bytes } = geometry;
  const tables = new Float64Array(l1Entries);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < l1Entries; i++) {
    const host = qcow1OffsetOf(view.getUint32(i * 8), view.getUint32(i * 8 + 4));
    const overL1 = host < l1TableOffset + bytes.length && host + l2Bytes > l1TableOffset;
    const valid = host >= QCOW1_HEADER_BYTES && host + l2Bytes <= fileSize && !overL1;
    tables[i] = host === 0 || valid ? host : INVALID;
  }
  return new L1Table(l1TableOffset, tables);
}
