/**
 * When a QCOW2 header is refused. QCOW2 format, section "Header", and the limits that QEMU sets.
 * @module
 */
import { ImageError } from '@q/block';
import { checkLimit, corrupt, unsupported } from './errors.ts';
import { EXTENSION_FEATURE_NAMES, findExtension } from './extension-list.ts';
import { parseFeatureNameTable } from './feature-name-table.ts';
import {
  AUTOCLEAR_RAW_DATA_FILE,
  INCOMPATIBLE_COMPRESSION,
  INCOMPATIBLE_DATA_FILE,
  INCOMPATIBLE_EXTENDED_L2,
  INCOMPATIBLE_KNOWN,
} from './features.ts';
import type { Header, HeaderV3 } from './header.ts';
import { withDefaultLimits, type FormatLimits } from './limits.ts';
import { checkTablePlace } from './table-place.ts';

/** How a header is judged. */
export interface HeaderRules {
  /**
   * Length of the image file, bytes. With it, a table that the file does not hold is `corrupt` (a file may end inside its last
   * cluster); without it, such an image is accepted.
   */
  readonly fileSize?: number | undefined;
  /** Defaults: {@link FORMAT_LIMITS_DEFAULTS}. */
  readonly limits?: Partial<FormatLimits> | undefined;
  /** Accept an image without a usable refcount table, for a program that rebuilds it. Default false. */
  readonly repair?: boolean | undefined;
}

const MAX_OFFSET = Number.MAX_SAFE_INTEGER;

/** Throws what is wrong with a header, or returns. Error offsets are those of the field in the image. */
export function validateHeader(header: Header, rules: HeaderRules = {}): void {
  const limits = withDefaultLimits(rules.limits);
  const { clusterBits } = header;
  if (clusterBits < 9 || clusterBits > 21) {
    corrupt(`Clusters of 2^${clusterBits} bytes do not exist, they have 2^9 to 2^21`, {
      offset: 20,
      subject: 'cluster_bits',
      expected: '9..21',
      found: clusterBits,
    });
  }
  const clusterSize = 2 ** clusterBits;
  if (header.cryptMethod > 2) {
    unsupported(`Encryption method ${header.cryptMethod} is not known`, {
      offset: 32,
      subject: 'crypt_method',
      expected: '0, 1 or 2',
      found: header.cryptMethod,
    });
  }
  if (header.version === 3) validateVersion3(header);
  validateBackingName(header, clusterSize, limits);
  validateL1(header, limits);

  const place = { clusterSize, fileSize: rules.fileSize, repair: rules.repair };
  checkTablePlace(header.l1TableOffset, header.l1Size * 8, 40, 'l1_table_offset', place);
  checkLimit(
    header.refcountTableClusters * clusterSize,
    limits.refcountTableBytes,
    'The refcount table',
    'refcountTableBytes',
    56,
  );
  if (header.refcountTableClusters === 0 && rules.repair !== true) {
    corrupt('There is no refcount table', { offset: 56, subject: 'refcount_table_clusters' });
  }
  checkTablePlace(
    header.refcountTableOffset,
    header.refcountTableClusters * clusterSize,
    48,
    'refcount_table_offset',
    place,
  );
  checkLimit(header.snapshotCount, limits.snapshots, 'The number of snapshots', 'snapshots', 60);
  if (header.snapshotCount > 0) {
    const least = header.snapshotCount * 40;
    checkTablePlace(header.snapshotsOffset, least, 64, 'snapshots_offset', place);
  }
}

function validateVersion3(header: HeaderV3): void {
  checkIncompatibleFeatures(header.incompatibleFeatures);
  const { headerLength, refcountOrder, compressionType } = header;
  const unknown = Math.max(0, headerLength - 105);
  if (headerLength < 104 || headerLength % 8 !== 0 || header.unknownFields.length !== unknown) {
    corrupt(`header_length ${headerLength} does not fit the fields of the header`, {
      offset: 100,
      subject: 'header_length',
      found: headerLength,
    });
  }
  if (headerLength > 2 ** header.clusterBits) {
    corrupt('The header is longer than a cluster', { offset: 100, found: headerLength });
  }
  if (refcountOrder > 6) {
    corrupt(`Refcounts of 2^${refcountOrder} bits do not exist, they have 2^0 to 2^6`, {
      offset: 96,
      subject: 'refcount_order',
      expected: '0..6',
      found: refcountOrder,
    });
  }
  if (compressionType > 1) {
    unsupported(`Compression type ${compressionType} is not known`, {
      offset: 104,
      subject: 'compression_type',
      expected: '0 or 1',
      found: compressionType,
    });
  }
  const incompatible = header.incompatibleFeatures;
  if ((compressionType !== 0) !== ((incompatible & INCOMPATIBLE_COMPRESSION) !== 0n)) {
    corrupt('compression_type and the feature bit for it contradict each other', {
      offset: 104,
      subject: 'compression_type',
      found: compressionType,
    });
  }
  if ((incompatible & INCOMPATIBLE_EXTENDED_L2) !== 0n && header.clusterBits < 14) {
    corrupt('Extended L2 entries need clusters of 16 KiB or more', {
      offset: 20,
      subject: 'cluster_bits',
      expected: '14..21',
      found: header.clusterBits,
    });
  }
  if ((header.autoclearFeatures & AUTOCLEAR_RAW_DATA_FILE) !== 0n) {
    if ((incompatible & INCOMPATIBLE_DATA_FILE) === 0n || header.backingFileOffset !== 0) {
      corrupt('A raw data file needs the data file feature, and no backing file', {
        offset: 88,
        subject: 'autoclear_features',
        found: header.autoclearFeatures,
      });
    }
  }
}

/**
 * Throws `unsupported` for unknown incompatible bits, named as the image names them: `bytes` is the start of the image,
 * whose extensions start at `from` and end at the backing file's name (or where `bytes` end).
 */
export function checkIncompatibleFeatures(
  bits: bigint,
  bytes: Uint8Array = new Uint8Array(0),
  from = 0,
  backingFileOffset = 0,
): void {
  const unknown = bits & ~INCOMPATIBLE_KNOWN;
  if (unknown === 0n) return;
  const end = Math.min(bytes.length, backingFileOffset === 0 ? bytes.length : backingFileOffset);
  const payload = findExtension(bytes, from, end, EXTENSION_FEATURE_NAMES);
  const names = payload === undefined ? [] : parseFeatureNameTable(payload);
  const listed: string[] = [];
  for (let bit = 0; bit < 64; bit++) {
    if (((unknown >> BigInt(bit)) & 1n) === 0n) continue;
    const named = names.find((n) => n.set === 'incompatible' && n.bit === bit);
    listed.push(named === undefined ? `bit ${bit}` : JSON.stringify(named.name));
  }
  const subject = listed.join(', ');
  throw new ImageError(
    'unsupported',
    `The image needs features that are not known here: ${subject}. Convert it with the program that wrote it.`,
    { offset: 72, subject, expected: INCOMPATIBLE_KNOWN, found: bits },
  );
}

function validateBackingName(header: Header, clusterSize: number, limits: FormatLimits): void {
  const { backingFileOffset: from, backingFileSize: length } = header;
  if (from === 0) {
    if (length === 0) return;
    throw new RangeError('backingFileSize must be 0 when backingFileOffset is');
  }
  const start = header.version === 2 ? 72 : header.headerLength;
  if (from < start || from > clusterSize) {
    corrupt(`The backing file name at ${from} is not between header and end of cluster`, {
      offset: 8,
      subject: 'backing_file_offset',
      expected: `${start}..${clusterSize}`,
      found: from,
    });
  }
  checkLimit(length, limits.backingNameBytes, 'The backing file name', 'backingNameBytes', 16);
  if (length > clusterSize - from) {
    corrupt('The backing file name ends outside of the first cluster', {
      offset: 16,
      subject: 'backing_file_size',
      expected: `0..${clusterSize - from}`,
      found: length,
    });
  }
}

function validateL1(header: Header, limits: FormatLimits): void {
  const sizeLimit = Math.min(limits.virtualSize, MAX_OFFSET);
  checkLimit(header.size, sizeLimit, 'The virtual size', 'virtualSize', 24);
  checkLimit(header.l1Size * 8, limits.l1Bytes, 'The L1 table', 'l1Bytes', 36);
  const extended =
    header.version === 3 && (header.incompatibleFeatures & INCOMPATIBLE_EXTENDED_L2) !== 0n;
  const needed = Math.ceil(header.size / 2 ** (2 * header.clusterBits - (extended ? 4 : 3)));
  if (header.l1Size < needed) {
    corrupt(`The L1 table has ${header.l1Size} entries, the disk needs ${needed}`, {
      offset: 36,
      subject: 'l1_size',
      expected: needed,
      found: header.l1Size,
    });
  }
}
