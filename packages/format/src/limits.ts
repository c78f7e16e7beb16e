/**
 * The largest things a parser accepts. A structure beyond one of them is refused with the code `limit` before anything is
 * allocated for it. The defaults are what QEMU accepts, so that every image it opens is opened here.
 */
export interface FormatLimits {
  /** Guest disk, bytes. Offsets are safe integers, so this cannot be raised. */
  readonly virtualSize: number;
  /** One L1 table (active or of a snapshot), bytes. */
  readonly l1Bytes: number;
  /** Refcount table, bytes. */
  readonly refcountTableBytes: number;
  /** Internal snapshots, entries. */
  readonly snapshots: number;
  /** Snapshot table, bytes. */
  readonly snapshotTableBytes: number;
  /** Extra data of one snapshot, bytes. */
  readonly snapshotExtraBytes: number;
  /** Backing file name, bytes. */
  readonly backingNameBytes: number;
  /** Backing format name, bytes. */
  readonly backingFormatBytes: number;
  /** External data file name, bytes. */
  readonly dataFileNameBytes: number;
  /** LUKS header area, bytes. */
  readonly luksHeaderBytes: number;
  /** Iterations of one key derivation: seconds for millions of them, for each passphrase that is tried and each key slot. */
  readonly luksIterations: number;
  /** Stored bitmaps, entries. */
  readonly bitmaps: number;
  /** Bitmap directory, bytes. */
  readonly bitmapDirectoryBytes: number;
  /** Bitmap name, bytes. */
  readonly bitmapNameBytes: number;
  /** Bitmap table, entries. */
  readonly bitmapTableEntries: number;
  /** Data of one bitmap, bytes. */
  readonly bitmapBytes: number;
}

const MiB = 2 ** 20;

/** The defaults of {@link FormatLimits}. */
export const FORMAT_LIMITS_DEFAULTS: FormatLimits = {
  virtualSize: Number.MAX_SAFE_INTEGER,
  l1Bytes: 32 * MiB,
  refcountTableBytes: 8 * MiB,
  snapshots: 65536,
  snapshotTableBytes: 64 * MiB,
  snapshotExtraBytes: 1024,
  backingNameBytes: 1023,
  backingFormatBytes: 15,
  dataFileNameBytes: 4095,
  luksHeaderBytes: 64 * MiB,
  luksIterations: 2 ** 25,
  bitmaps: 65535,
  bitmapDirectoryBytes: 1024 * 65535,
  bitmapNameBytes: 1023,
  bitmapTableEntries: 0x8000000,
  bitmapBytes: 0x20000000,
};

/** All limits, with the defaults for those that are not given. */
export function withDefaultLimits(limits: Partial<FormatLimits> | undefined): FormatLimits {
  return limits === undefined ? FORMAT_LIMITS_DEFAULTS : { ...FORMAT_LIMITS_DEFAULTS, ...limits };
}
