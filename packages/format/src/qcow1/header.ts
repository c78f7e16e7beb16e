/**
 * The header of QCOW version 1: 48 bytes. There is no document of the format; the rules are those of QEMU's driver.
 * @module
 */
import { ImageError } from '@q/block';
import type { HostOffset } from '../addresses.ts';
import { Cursor } from '../cursor.ts';
import { checkLimit, corrupt, toSafe } from '../errors.ts';
import { QCOW_MAGIC } from '../header.ts';
import type { HeaderRules } from '../header-rules.ts';
import { withDefaultLimits, type FormatLimits } from '../limits.ts';
import { Writer } from '../writer.ts';

/** Bytes of the header. */
export const QCOW1_HEADER_BYTES = 48;

/** A QCOW version 1 header. */
export interface Qcow1Header {
  /** Where the backing file's name stands, bytes; 0 = no backing file. Its format is stored nowhere. */
  readonly backingFileOffset: number;
  /** Bytes of that name, at most 1023. */
  readonly backingFileSize: number;
  /** Modification time of the backing file; informative, QEMU writes 0. */
  readonly mtime: number;
  /** Virtual disk size, bytes, at least 2; readers see it floored to 512. */
  readonly size: number;
  /** log2 of the cluster size: 9..16. */
  readonly clusterBits: number;
  /** log2 of the entries of an L2 table: 6..13. */
  readonly l2Bits: number;
  /** 0 none, 1 AES. */
  readonly cryptMethod: 0 | 1;
  /** Any alignment. The number of entries is not stored: it follows from the size. */
  readonly l1TableOffset: HostOffset;
}

/** Entries of the L1 table: the disk divided by what an L2 table maps, rounded up. */
export function qcow1L1Entries(
  header: Pick<Qcow1Header, 'size' | 'clusterBits' | 'l2Bits'>,
): number {
  return Math.ceil(header.size / 2 ** (header.clusterBits + header.l2Bits));
}

/** Whether the bytes start like a QCOW version 1 image. */
export function isQcow1(head: Uint8Array): boolean {
  if (head.length < 8) return false;
  const view = new DataView(head.buffer, head.byteOffset, 8);
  return view.getUint32(0) === QCOW_MAGIC && view.getUint32(4) === 1;
}

/**
 * Parses and validates a header.
 *
 * @param bytes the start of the image: at least 48 bytes
 * @throws ImageError `not-this-format` (QCOW2 included), `limit`, or `corrupt`
 */
export function parseQcow1Header(
  bytes: Uint8Array,
  rules: Omit<HeaderRules, 'repair'> = {},
): Qcow1Header {
  if (!isQcow1(bytes)) {
    throw new ImageError(
      'not-this-format',
      'The file does not start as a QCOW version 1 image does; QCOW2 has a driver of its own.',
      { offset: 0, subject: 'magic' },
    );
  }
  const at = new Cursor(bytes, 'header', 0, 8);
  const backingFileOffset = toSafe(at.u64be(), 'backing_file_offset', 8);
  const backingFileSize = at.u32be();
  const mtime = at.u32be();
  const size = Number(at.u64be());
  const clusterBits = at.u8();
  const l2Bits = at.u8();
  at.skip(2);
  const cryptMethod = at.u32be() as 0 | 1; // narrowed by validateQcow1Header
  const l1TableOffset = toSafe(at.u64be(), 'l1_table_offset', 40);
  const header: Qcow1Header = {
    backingFileOffset,
    backingFileSize: backingFileOffset === 0 ? 0 : backingFileSize,
    mtime,
    size,
    clusterBits,
    l2Bits,
    cryptMethod,
    l1TableOffset,
  };
  validateQcow1Header(header, rules);
  return header;
}

/** Throws what is wrong with a header, or returns. */
export function validateQcow1Header(
  header: Qcow1Header,
  rules: Omit<HeaderRules, 'repair'> = {},
): void {
  const limits = withDefaultLimits(rules.limits);
  within(header.clusterBits, 9, 16, 32, 'cluster_bits');
  within(header.l2Bits, 6, 13, 33, 'l2_bits');
  within(header.cryptMethod, 0, 1, 36, 'crypt_method');
  const sizeLimit = Math.min(limits.virtualSize, Number.MAX_SAFE_INTEGER);
  checkLimit(header.size, sizeLimit, 'The virtual size', 'virtualSize', 24);
  within(header.size, 2, sizeLimit, 24, 'size');
  const l1Bytes = qcow1L1Entries(header) * 8;
  checkLimit(l1Bytes, limits.l1Bytes, 'The L1 table', 'l1Bytes', 24);
  const end = rules.fileSize ?? Number.MAX_SAFE_INTEGER;
  within(header.l1TableOffset, QCOW1_HEADER_BYTES, end - l1Bytes, 40, 'l1_table_offset');
  validateBackingName(header, end, limits);
}

function validateBackingName(header: Qcow1Header, end: number, limits: FormatLimits): void {
  const { backingFileOffset: from, backingFileSize: length } = header;
  if (from === 0) {
    if (length === 0) return;
    throw new RangeError('backingFileSize must be 0 when backingFileOffset is');
  }
  checkLimit(length, limits.backingNameBytes, 'The backing file name', 'backingNameBytes', 16);
  within(from, QCOW1_HEADER_BYTES, end - length, 8, 'backing_file_offset');
}

function within(found: number, least: number, most: number, offset: number, subject: string): void {
  if (found >= least && found <= most) return;
  const expected = `${least}..${most}`;
  corrupt(`${subject} is ${found}, not in ${expected}`, { offset, subject, expected, found });
}

/** The backing file's name from its bytes: `backingFileSize` of them at `backingFileOffset`. Untrusted text. */
export function parseQcow1BackingName(bytes: Uint8Array, header: Qcow1Header): string {
  const cursor = new Cursor(bytes, 'backing file name', header.backingFileOffset);
  return cursor.text(header.backingFileSize, 'backing file name');
}

/**
 * The 48 bytes of a header.
 * @throws ImageError as {@link parseQcow1Header}: what it would refuse to read is not written
 */
export function serializeQcow1Header(
  header: Qcow1Header,
  rules: Omit<HeaderRules, 'repair'> = {},
): Uint8Array {
  validateQcow1Header(header, rules);
  const out = new Writer(new Uint8Array(QCOW1_HEADER_BYTES));
  out.u32be(QCOW_MAGIC);
  out.u32be(1);
  out.u64be(header.backingFileOffset);
  out.u32be(header.backingFileSize);
  out.u32be(header.mtime);
  out.u64be(header.size);
  out.u8(header.clusterBits);
  out.u8(header.l2Bits);
  out.u16be(0);
  out.u32be(header.cryptMethod);
  out.u64be(header.l1TableOffset);
  return out.bytes;
}
