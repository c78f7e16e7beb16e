// A check of the structure. The format counts nothing, so there is nothing to compare: every range that an entry names is collected, and sorted ranges show what is shared and what
// nobody names. qemu-img has no check for these images.
import { readPadded, type BlockDevice } from '@q/block';
import { L2_COMPRESSED, L2_INVALID, L2_UNALLOCATED, type FormatLimits } from '@q/format';
import {
  parseQcow1Header,
  qcow1CompressedLengthOf,
  qcow1CompressedOffsetOf,
  qcow1GeometryOf,
  qcow1L2Kind,
  qcow1OffsetOf,
  QCOW1_HEADER_BYTES,
  type Qcow1Geometry,
} from '@q/format/qcow1';
import { readL1Table } from '../l1-table.ts';
import { Findings, type Finding } from './findings.ts';
import { sweep } from './sweep.ts';
import { Use, Uses } from './uses.ts';

/** How a check is made. */
export interface Qcow1CheckOptions {
  /** Findings that are kept; the rest is only counted. Default 1000. */
  readonly mostFindings?: number;
  /** The largest structures that are accepted. Defaults: `FORMAT_LIMITS_DEFAULTS` of `@q/format`. */
  readonly limits?: Partial<FormatLimits>;
}

/** Findings that are kept when the caller does not say how many. */
export const CHECK_DEFAULTS = { mostFindings: 1000 } as const;

/** What a check found. */
export interface Qcow1CheckReport {
  readonly findings: readonly Finding[];
  /** Findings that were not kept. */
  readonly omitted: number;
  readonly corruptions: number;
  /** Clusters that nothing names. */
  readonly leaks: number;
  readonly notices: number;
  readonly l2Tables: number;
  readonly dataClusters: number;
  readonly compressedClusters: number;
  /** Bytes up to the end of the last thing that something names. */
  readonly imageEnd: number;
}

/** What the walk over the tables counts. */
interface Walk {
  readonly file: BlockDevice;
  readonly geometry: Qcow1Geometry;
  readonly findings: Findings;
  readonly uses: Uses;
  l2Tables: number;
  dataClusters: number;
  compressedClusters: number;
}

/**
 * Checks an image that nobody is writing to: all entries, and all ranges they name. Damage is data, not an error. Reads the tables, and no guest bytes.
 *
 * @throws ImageError where the header cannot be used: `not-this-format`, `corrupt`, `limit`; what the device fails with
 */
export async function check(
  file: BlockDevice,
  options: Qcow1CheckOptions = {},
): Promise<Qcow1CheckReport> {
  const { limits } = options;
  const head = new Uint8Array(QCOW1_HEADER_BYTES);
  await readPadded(file, head, 0);
  const fileSize = file.size;
  const header = parseQcow1Header(head, limits === undefined ? { fileSize } : { fileSize, limits });
  const geometry = qcow1GeometryOf(header);
  const findings = new Findings(options.mostFindings ?? CHECK_DEFAULTS.mostFindings);
  const uses = new Uses();
  const walk: Walk = {
    file,
    geometry,
    findings,
    uses,
    l2Tables: 0,
    dataClusters: 0,
    compressedClusters: 0,
  };
  uses.add(Use.header, 0, QCOW1_HEADER_BYTES, 0);
  uses.add(Use.backingName, header.backingFileOffset, header.backingFileSize, 8);
  uses.add(Use.l1, header.l1TableOffset, geometry.l1Entries * 8, 40);
  aligned(walk, header.l1TableOffset, 40);
  await walkTables(walk);
  const imageEnd = sweep(uses, findings, geometry.clusterSize, fileSize);
  const { l2Tables, dataClusters, compressedClusters } = walk;
  const { kept, omitted, corruptions, leaks, notices } = findings;
  const found = { findings: kept, omitted, corruptions, leaks, notices };
  return { ...found, l2Tables, dataClusters, compressedClusters, imageEnd };
}

function aligned({ findings }: Walk, table: number, namedAt: number): void {
  if (table % 8 !== 0) findings.add('table-unaligned', namedAt, () => `at ${table}`);
}

async function walkTables(walk: Walk): Promise<void> {
  const { file, geometry, findings, uses } = walk;
  const { tables, offset } = await readL1Table(file, geometry);
  const bytes = new Uint8Array(geometry.l2Bytes);
  const walked = new Set<number>();
  for (const [index, table] of tables.entries()) {
    const namedAt = offset + index * 8;
    if (table < 0) findings.add('l1-entry-out-of-place', namedAt, () => `entry ${index}`);
    if (table <= 0) continue;
    walk.l2Tables++;
    uses.add(Use.l2, table, bytes.length, namedAt);
    // A table that is named again is an overlap, and is not walked again.
    if (walked.has(table)) continue;
    walked.add(table);
    aligned(walk, table, namedAt);
    await readPadded(file, bytes, table);
    walkEntries(walk, new DataView(bytes.buffer), table, index * geometry.l1Span);
  }
}

function walkEntries(walk: Walk, view: DataView, table: number, guest: number): void {
  const { geometry, findings } = walk;
  const { clusterSize, virtualSize, l2Entries } = geometry;
  for (let i = 0; i < l2Entries; i++) {
    const hi = view.getUint32(i * 8);
    const lo = view.getUint32(i * 8 + 4);
    if ((hi | lo) === 0) continue;
    const at = table + i * 8;
    const maps = guest + i * clusterSize;
    if (maps >= virtualSize) findings.add('behind-the-disk', at, () => `guest offset ${maps}`);
    useEntry(walk, hi, lo, at, maps);
  }
}

/** Collects what an entry names, or finds what is wrong with it. */
function useEntry(walk: Walk, hi: number, lo: number, at: number, maps: number): void {
  const { geometry, findings, uses, file } = walk;
  const kind = qcow1L2Kind(hi, lo);
  if (kind === L2_UNALLOCATED) return;
  if (kind === L2_INVALID) {
    return findings.add('l2-entry-invalid', at, () => `guest offset ${maps}`);
  }
  if (kind !== L2_COMPRESSED) {
    const offset = qcow1OffsetOf(hi, lo);
    if (offset >= file.size) {
      return findings.add('l2-entry-out-of-file', at, () => `guest offset ${maps} at ${offset}`);
    }
    walk.dataClusters++;
    return uses.add(Use.data, offset, geometry.clusterSize, at);
  }
  const offset = qcow1CompressedOffsetOf(hi, lo, geometry.clusterBits);
  const length = qcow1CompressedLengthOf(hi, geometry.clusterBits);
  const where = (): string => `guest offset ${maps}, ${length} bytes at ${offset}`;
  if (length === 0) return findings.add('compressed-empty', at, where);
  if (offset + length > file.size) return findings.add('compressed-out-of-file', at, where);
  walk.compressedClusters++;
  uses.add(Use.compressed, offset, length, at);
}
