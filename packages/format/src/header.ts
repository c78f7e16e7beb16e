/**
 * The QCOW2 header, versions 2 and 3. QCOW2 format, section "Header".
 * @module
 */
import { ImageError } from '@q/block';
import type { HostOffset } from './addresses.ts';
import { Cursor } from './cursor.ts';
import { corrupt, toSafe } from './errors.ts';
import { checkIncompatibleFeatures, validateHeader, type HeaderRules } from './header-rules.ts';
import { Writer } from './writer.ts';

/** `QFI\xfb`, the first four bytes of QCOW and QCOW2 images. */
export const QCOW_MAGIC = 0x514649fb;
/** Bytes of a version 2 header. */
export const HEADER_V2_BYTES = 72;
/** Least `header_length` of version 3. */
export const HEADER_V3_MIN_BYTES = 104;
/** `header_length` that new images get. */
export const HEADER_V3_BYTES = 112;

/** How guest data is encrypted: 0 not, 1 AES (legacy), 2 LUKS. */
export type CryptMethod = 0 | 1 | 2;
/** What compressed clusters hold: 0 raw deflate, 1 zstd. */
export type CompressionType = 0 | 1;

interface HeaderCommon {
  /** Where the backing file's name stands, bytes; 0 = no backing file. */
  readonly backingFileOffset: number;
  /** Bytes of that name, at most 1023; 0 when there is none. */
  readonly backingFileSize: number;
  /** log2 of the cluster size: 9..21, and at least 14 with extended L2 entries. */
  readonly clusterBits: number;
  /** Virtual disk size, bytes, as stored; readers see it floored to 512. */
  readonly size: number;
  readonly cryptMethod: CryptMethod;
  /** Entries of the active L1 table; it must cover `size`. */
  readonly l1Size: number;
  /** Cluster aligned. */
  readonly l1TableOffset: HostOffset;
  /** Cluster aligned. */
  readonly refcountTableOffset: HostOffset;
  /** Clusters of the refcount table; 0 only in an image under repair. */
  readonly refcountTableClusters: number;
  readonly snapshotCount: number;
  /** Cluster aligned; 0 without snapshots. */
  readonly snapshotsOffset: HostOffset;
}

/** A version 2 header: 72 bytes, 16-bit refcounts, no feature bits. */
export interface HeaderV2 extends HeaderCommon {
  readonly version: 2;
}

/** A version 3 header. */
export interface HeaderV3 extends HeaderCommon {
  readonly version: 3;
  /** `INCOMPATIBLE_*` bits; an unknown one refuses the image. */
  readonly incompatibleFeatures: bigint;
  /** `COMPATIBLE_*` bits; unknown ones are ignored and kept. */
  readonly compatibleFeatures: bigint;
  /** `AUTOCLEAR_*` bits; a writer clears unknown ones before its first write. */
  readonly autoclearFeatures: bigint;
  /** log2 of the bits of a refcount: 0..6. */
  readonly refcountOrder: number;
  /** Bytes of the header: at least 104, a multiple of 8, at most a cluster. Extensions start there. */
  readonly headerLength: number;
  /** Not 0 exactly when `INCOMPATIBLE_COMPRESSION` is set; absent from the image (and 0) when `headerLength` is 104. */
  readonly compressionType: CompressionType;
  /** Bytes 105..headerLength as found, so that fields of later versions survive a rewrite. */
  readonly unknownFields: Uint8Array;
}

/** A QCOW2 header. */
export type Header = HeaderV2 | HeaderV3;

/** Feature bits of a header; version 2 has none. `set` as in the feature name table. */
export function featuresOf(
  header: Header,
  set: 'incompatible' | 'compatible' | 'autoclear',
): bigint {
  if (header.version === 2) return 0n;
  if (set === 'incompatible') return header.incompatibleFeatures;
  return set === 'compatible' ? header.compatibleFeatures : header.autoclearFeatures;
}

/** Bytes of the header: where the header extensions start. */
export function headerLengthOf(header: Header): number {
  return header.version === 2 ? HEADER_V2_BYTES : header.headerLength;
}

/** Whether the bytes start like a QCOW2 image: the magic and version 2 or later. Version 1 is another format. */
export function isQcow2(head: Uint8Array): boolean {
  if (head.length < 8) return false;
  const view = new DataView(head.buffer, head.byteOffset, 8);
  return view.getUint32(0) === QCOW_MAGIC && view.getUint32(4) >= 2;
}

/**
 * Parses and validates a header.
 *
 * @param bytes the start of the image: at least `header_length` bytes; more (up to a cluster) lets an error name an unknown feature
 * @throws ImageError `not-this-format`, `unsupported` (version, feature, encryption), `limit`, or `corrupt`
 */
export function parseHeader(bytes: Uint8Array, rules: HeaderRules = {}): Header {
  if (bytes.length < 8 || new Cursor(bytes, 'header').u32be() !== QCOW_MAGIC) {
    throw new ImageError('not-this-format', 'The file does not start as a QCOW2 image does.', {
      offset: 0,
      subject: 'magic',
      expected: QCOW_MAGIC,
    });
  }
  const at = new Cursor(bytes, 'header', 0, 4);
  const version = at.u32be();
  if (version !== 2 && version !== 3) {
    throw new ImageError(
      version === 1 ? 'not-this-format' : 'unsupported',
      version === 1
        ? 'The image is QCOW version 1; open it with the driver of that format.'
        : `QCOW2 version ${version} is not known here; convert the image to version 2 or 3.`,
      { offset: 4, subject: 'version', expected: '2 or 3', found: version },
    );
  }
  const backingFileOffset = offset(at, 'backing_file_offset');
  const backingFileSize = at.u32be();
  const clusterBits = at.u32be();
  const size = Number(at.u64be());
  const cryptMethod = at.u32be();
  const l1Size = at.u32be();
  const l1TableOffset = offset(at, 'l1_table_offset');
  const refcountTableOffset = offset(at, 'refcount_table_offset');
  const refcountTableClusters = at.u32be();
  const snapshotCount = at.u32be();
  // Without snapshots nothing reads the offset: garbage is legal there.
  const snapshotsOffset = snapshotCount === 0 ? skip(at) : offset(at, 'snapshots_offset');
  const common: HeaderCommon = {
    backingFileOffset,
    // Garbage is legal here when there is no backing file.
    backingFileSize: backingFileOffset === 0 ? 0 : backingFileSize,
    clusterBits,
    size,
    // Narrowed by validateHeader, as compressionType below.
    cryptMethod: cryptMethod as CryptMethod,
    l1Size,
    l1TableOffset,
    refcountTableOffset,
    refcountTableClusters,
    snapshotCount,
    snapshotsOffset,
  };
  const header: Header = version === 2 ? { version, ...common } : parseVersion3(bytes, at, common);
  validateHeader(header, rules);
  return header;
}

function parseVersion3(bytes: Uint8Array, at: Cursor, common: HeaderCommon): HeaderV3 {
  const incompatibleFeatures = at.u64be();
  const compatibleFeatures = at.u64be();
  const autoclearFeatures = at.u64be();
  const refcountOrder = at.u32be();
  const headerLength = at.u32be();
  checkHeaderLength(headerLength, common.clusterBits);
  // Before the rest: what an unknown feature does to the other fields nobody knows.
  checkIncompatibleFeatures(incompatibleFeatures, bytes, headerLength, common.backingFileOffset);
  const hasCompression = headerLength > HEADER_V3_MIN_BYTES;
  return {
    version: 3,
    ...common,
    incompatibleFeatures,
    compatibleFeatures,
    autoclearFeatures,
    refcountOrder,
    headerLength,
    compressionType: (hasCompression ? at.u8() : 0) as CompressionType,
    unknownFields: hasCompression ? at.bytes(headerLength - at.position) : new Uint8Array(0),
  };
}

/** Bounds header_length before anything is copied because of it. */
function checkHeaderLength(length: number, clusterBits: number): void {
  const details = { offset: 100, subject: 'header_length', found: length };
  if (length < HEADER_V3_MIN_BYTES) {
    corrupt(`header_length is ${length}, the least is ${HEADER_V3_MIN_BYTES}`, details);
  }
  if (length % 8 !== 0) corrupt(`header_length is ${length}, not a multiple of 8`, details);
  if (length > 2 ** Math.min(clusterBits, 21)) {
    corrupt(`header_length is ${length}, more than a cluster`, details);
  }
}

function offset(at: Cursor, subject: string): number {
  const where = at.offset;
  return toSafe(at.u64be(), subject, where);
}

function skip(at: Cursor): 0 {
  at.skip(8);
  return 0;
}

/**
 * The bytes of a header: `header_length` of them (72 for version 2).
 *
 * @throws ImageError as {@link parseHeader}: what it would refuse to read is not written
 */
export function serializeHeader(header: Header, rules: HeaderRules = {}): Uint8Array {
  validateHeader(header, rules);
  const out = new Writer(new Uint8Array(headerLengthOf(header)));
  out.u32be(QCOW_MAGIC);
  out.u32be(header.version);
  out.u64be(header.backingFileOffset);
  out.u32be(header.backingFileSize);
  out.u32be(header.clusterBits);
  out.u64be(header.size);
  out.u32be(header.cryptMethod);
  out.u32be(header.l1Size);
  out.u64be(header.l1TableOffset);
  out.u64be(header.refcountTableOffset);
  out.u32be(header.refcountTableClusters);
  out.u32be(header.snapshotCount);
  out.u64be(header.snapshotsOffset);
  if (header.version === 2) return out.bytes;
  out.u64be(header.incompatibleFeatures);
  out.u64be(header.compatibleFeatures);
  out.u64be(header.autoclearFeatures);
  out.u32be(header.refcountOrder);
  out.u32be(header.headerLength);
  if (header.headerLength === HEADER_V3_MIN_BYTES) return out.bytes;
  out.u8(header.compressionType);
  out.put(header.unknownFields);
  return out.bytes;
}
