/**
 * The bitmap directory: entries of varying length, each padded to 8. QCOW2 format, section "Bitmap directory".
 * @module
 */
import type { HostOffset } from './addresses.ts';
import { Cursor } from './cursor.ts';
import { checkLimit, corrupt, toSafe, unsupported } from './errors.ts';
import type { HeaderRules } from './header-rules.ts';
import { withDefaultLimits, type FormatLimits } from './limits.ts';
import { checkTablePlace } from './table-place.ts';
import { Writer } from './writer.ts';

/** Flag: the bitmap was not saved by the last writer, its content is not to be believed. */
export const BITMAP_IN_USE = 1;
/** Flag: writes to the disk are recorded in it. */
export const BITMAP_AUTO = 2;
/** Flag: the bitmap may be used by programs that do not know its extra data. */
export const BITMAP_EXTRA_COMPATIBLE = 4;
/** The only type: a dirty tracking bitmap. */
export const BITMAP_TYPE_DIRTY = 1;

/** Bytes of an entry before extra data and name. */
const FIXED_BYTES = 24;

/** A stored bitmap. */
export interface BitmapDirectoryEntry {
  /** Cluster aligned; 0 only without table. */
  readonly tableOffset: HostOffset;
  /** Entries of the bitmap table: one for each cluster of the bitmap's data. */
  readonly tableEntries: number;
  /** `BITMAP_*` flags. */
  readonly flags: number;
  /** log2 of the guest bytes of one bit: 9..31. */
  readonly granularityBits: number;
  /** 1..1023 bytes, unique in the directory. */
  readonly name: string;
  /** Kept as found. When it is not empty and `BITMAP_EXTRA_COMPATIBLE` is not set, the bitmap must not be used. */
  readonly extra: Uint8Array;
}

/** How a bitmap directory is judged; as for the header, and: */
export interface BitmapDirectoryRules extends HeaderRules {
  readonly clusterSize: number;
  /** Guest disk, bytes: a bitmap that is not in use must cover it. */
  readonly virtualSize: number;
  /** Where the directory stands in the image, bytes, for errors. */
  readonly offset?: number | undefined;
}

/** Bytes of a bitmap's data for a disk of `virtualSize` bytes. */
export function bitmapDataBytes(virtualSize: number, granularityBits: number): number {
  return Math.ceil(Math.ceil(virtualSize / 2 ** granularityBits) / 8);
}

/**
 * Parses a directory of `count` entries, which must fill `bytes` (padding of the last one included).
 *
 * @throws ImageError `corrupt`, `limit`, or `unsupported` for a type that is not dirty tracking
 */
export function parseBitmapDirectory(
  bytes: Uint8Array,
  count: number,
  rules: BitmapDirectoryRules,
): BitmapDirectoryEntry[] {
  const limits = withDefaultLimits(rules.limits);
  const base = rules.offset ?? 0;
  checkLimit(count, limits.bitmaps, 'The number of bitmaps', 'bitmaps', base);
  const cursor = new Cursor(bytes, 'bitmap directory', base);
  const names = new Set<string>();
  const entries: BitmapDirectoryEntry[] = [];
  for (let i = 0; i < count; i++) {
    const at = cursor.offset;
    const entry = parseEntry(cursor, limits);
    validateEntry(entry, at, rules, limits);
    if (names.has(entry.name)) {
      corrupt(`Two bitmaps have the name ${JSON.stringify(entry.name)}`, { offset: at });
    }
    names.add(entry.name);
    entries.push(entry);
  }
  if (cursor.remaining !== 0) {
    corrupt(`The bitmap directory has ${cursor.remaining} bytes after its last entry`, {
      offset: cursor.offset,
      subject: 'bitmap directory',
      expected: cursor.position,
      found: bytes.length,
    });
  }
  return entries;
}

function parseEntry(cursor: Cursor, limits: FormatLimits): BitmapDirectoryEntry {
  const at = cursor.offset;
  const tableOffset = toSafe(cursor.u64be(), 'bitmap table offset', at);
  const tableEntries = cursor.u32be();
  const flags = cursor.u32be();
  const type = cursor.u8();
  if (type !== BITMAP_TYPE_DIRTY) {
    unsupported(`Bitmaps of type ${type} are not known`, {
      offset: at + 16,
      subject: 'bitmap type',
      expected: BITMAP_TYPE_DIRTY,
      found: type,
    });
  }
  const granularityBits = cursor.u8();
  const nameLength = cursor.u16be();
  const extraLength = cursor.u32be();
  const nameLimit = limits.bitmapNameBytes;
  checkLimit(nameLength, nameLimit, 'A bitmap name', 'bitmapNameBytes', at + 18);
  const extra = cursor.bytes(extraLength);
  const name = cursor.text(nameLength, 'bitmap name');
  cursor.skip((8 - (cursor.position % 8)) % 8);
  return { tableOffset, tableEntries, flags, granularityBits, name, extra };
}

function validateEntry(
  entry: BitmapDirectoryEntry,
  at: number,
  rules: BitmapDirectoryRules,
  limits: FormatLimits,
): void {
  const { tableOffset, tableEntries, flags, granularityBits, name } = entry;
  const wrong = (subject: string, found: number, expected: string, offset: number): never =>
    corrupt(`${subject} is ${found}, it is ${expected} in a valid image`, {
      offset: at + offset,
      subject,
      expected,
      found,
    });
  if (flags > 7) wrong('bitmap flags', flags, '0..7', 12);
  if (granularityBits < 9 || granularityBits > 31) {
    wrong('bitmap granularity bits', granularityBits, '9..31', 17);
  }
  if (name.length === 0) wrong('bitmap name length', 0, '1..1023', 18);
  const max = limits.bitmapTableEntries;
  checkLimit(tableEntries, max, 'A bitmap table', 'bitmapTableEntries', at + 8);
  const dataBytes = tableEntries * rules.clusterSize;
  checkLimit(dataBytes, limits.bitmapBytes, 'The data of a bitmap', 'bitmapBytes', at + 8);
  checkTablePlace(tableOffset, tableEntries * 8, at, 'bitmap table offset', rules);
  const needed = bitmapDataBytes(rules.virtualSize, granularityBits);
  if ((flags & BITMAP_IN_USE) === 0 && dataBytes < needed) {
    wrong(
      'bitmap table entries',
      tableEntries,
      `${Math.ceil(needed / rules.clusterSize)} or more`,
      8,
    );
  }
}

/**
 * The bytes that {@link parseBitmapDirectory} reads.
 * @throws ImageError what would not be read is not written
 */
export function serializeBitmapDirectory(
  entries: readonly BitmapDirectoryEntry[],
  rules: BitmapDirectoryRules,
): Uint8Array {
  const encoder = new TextEncoder();
  const names = entries.map(({ name }) => encoder.encode(name));
  const align8 = (n: number): number => Math.ceil(n / 8) * 8;
  const size = entries.reduce(
    (sum, { extra }, i) => sum + align8(FIXED_BYTES + extra.length + names[i]!.length),
    0,
  );
  const limit = withDefaultLimits(rules.limits).bitmapDirectoryBytes;
  checkLimit(size, limit, 'The bitmap directory', 'bitmapDirectoryBytes', rules.offset);
  const out = new Writer(new Uint8Array(size));
  entries.forEach((entry, i) => {
    const name = names[i]!;
    const nameLimit = withDefaultLimits(rules.limits).bitmapNameBytes;
    checkLimit(name.length, nameLimit, 'A bitmap name', 'bitmapNameBytes');
    out.u64be(entry.tableOffset);
    out.u32be(entry.tableEntries);
    out.u32be(entry.flags);
    out.u8(BITMAP_TYPE_DIRTY);
    out.u8(entry.granularityBits);
    out.u16be(name.length);
    out.u32be(entry.extra.length);
    out.put(entry.extra);
    out.put(name);
    out.position = align8(out.position);
  });
  parseBitmapDirectory(out.bytes, entries.length, rules);
  return out.bytes;
}
