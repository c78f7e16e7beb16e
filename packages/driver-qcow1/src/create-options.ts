/** What a new image is like. */
export interface Qcow1CreateOptions {
  /** Bytes of the guest's disk, above 0; rounded up to 512. */
  readonly size: number;
  /** Bytes, a power of two from 512 to 64 KiB. Default 4096, and 512 over a backing file, as QEMU makes them. */
  readonly clusterSize?: number;
  /** Entries of an L2 table, a power of two from 64 to 8192. Default: so many that a table maps 2 MiB. */
  readonly l2Entries?: number;
  /** What lies below: the name is stored as it is, its format is not. At most 1023 bytes. */
  readonly backing?: { readonly name: string };
}

/** The defaults of {@link Qcow1CreateOptions}. */
export const QCOW1_CREATE_DEFAULTS = {
  clusterSize: 4096,
  clusterSizeOverBacking: 512,
  /** Guest bytes that one L2 table maps, where the limits of its size allow. */
  l2Span: 2 ** 21,
} as const;

/** Checked options, every default filled in. */
export interface CreatePlan {
  readonly size: number;
  readonly clusterBits: number;
  readonly l2Bits: number;
  /** The name of the backing file, UTF-8; empty for none. */
  readonly backingName: Uint8Array;
}

/**
 * Checks options against the format's rules.
 * @throws RangeError that names the option
 */
export function planCreate(options: Qcow1CreateOptions): CreatePlan {
  const { size, backing } = options;
  const defaults = QCOW1_CREATE_DEFAULTS;
  const clusterSize =
    options.clusterSize ??
    (backing === undefined ? defaults.clusterSize : defaults.clusterSizeOverBacking);
  const spanned = defaults.l2Span / clusterSize;
  const l2Entries = options.l2Entries ?? Math.min(8192, Math.max(64, spanned));
  if (!Number.isSafeInteger(size) || size <= 0) {
    throw new RangeError(`size must be a number of bytes above 0, not ${size}`);
  }
  const clusterBits = log2Within(clusterSize, 9, 16, 'clusterSize');
  const l2Bits = log2Within(l2Entries, 6, 13, 'l2Entries');
  const backingName = new TextEncoder().encode(backing?.name ?? '');
  if (backing !== undefined && (backingName.length === 0 || backingName.length > 1023)) {
    throw new RangeError(`the backing file's name has ${backingName.length} bytes, not 1 to 1023`);
  }
  return { size: Math.ceil(size / 512) * 512, clusterBits, l2Bits, backingName };
}

function log2Within(value: number, least: number, most: number, option: string): number {
  const bits = Math.log2(value);
  if (Number.isInteger(bits) && bits >= least && bits <= most) return bits;
  throw new RangeError(
    `${option} must be a power of two from ${2 ** least} to ${2 ** most}, not ${value}`,
  );
}
