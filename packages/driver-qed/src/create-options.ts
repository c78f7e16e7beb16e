import {
  CLUSTER_SIZE_RANGE,
  HEADER_BYTES,
  isPowerWithin,
  MAX_BACKING_NAME_BYTES,
  SECTOR_SIZE,
  TABLE_CLUSTERS_RANGE,
} from '@q/qed';

/** What a new image is like. */
export interface QedCreateOptions {
  /** Bytes of the guest's disk; rounded up to 512. */
  readonly size: number;
  /** Bytes, a power of two from 4 KiB to 64 MiB. Default 64 KiB. */
  readonly clusterSize?: number;
  /** Clusters of each L1 and L2 table: 1, 2, 4 (default), 8 or 16. QEMU cannot open images with 1. */
  readonly tableSize?: number;
  /** What lies below: the name is stored as it is. Of formats only `raw` can be stored; any other is not, and has to be given again by who opens the image. */
  readonly backing?: { readonly name: string; readonly format?: string };
}

/** The defaults of {@link QedCreateOptions}. */
export const QED_CREATE_DEFAULTS = {
  clusterSize: 65536,
  tableSize: 4,
} as const satisfies Partial<QedCreateOptions>;

/** Checked options, every default filled in. */
export interface CreatePlan {
  readonly size: number;
  readonly clusterSize: number;
  readonly tableClusters: number;
  /** The backing file's name as bytes. */
  readonly backing: { readonly name: Uint8Array; readonly raw: boolean } | undefined;
}

/**
 * Checks options against the format's rules.
 * @throws RangeError that names the option
 */
export function planCreate(options: QedCreateOptions): CreatePlan {
  const { size, clusterSize, tableSize, backing } = { ...QED_CREATE_DEFAULTS, ...options };
  if (!Number.isSafeInteger(size) || size < 0) {
    throw new RangeError(`size must be a number of bytes, not ${size}`);
  }
  if (!isPowerWithin(clusterSize, CLUSTER_SIZE_RANGE)) {
    throw new RangeError(
      `clusterSize must be a power of two from 4 KiB to 64 MiB, not ${clusterSize}`,
    );
  }
  if (!isPowerWithin(tableSize, TABLE_CLUSTERS_RANGE)) {
    throw new RangeError(`tableSize must be 1, 2, 4, 8 or 16, not ${tableSize}`);
  }
  return {
    size: Math.ceil(size / SECTOR_SIZE) * SECTOR_SIZE,
    clusterSize,
    tableClusters: tableSize,
    backing:
      backing === undefined
        ? undefined
        : { name: encodeName(backing.name, clusterSize), raw: backing.format === 'raw' },
  };
}

function encodeName(name: string, clusterSize: number): Uint8Array {
  const bytes = new TextEncoder().encode(name);
  const most = Math.min(MAX_BACKING_NAME_BYTES, clusterSize - HEADER_BYTES);
  if (bytes.length === 0 || bytes.length > most || bytes.includes(0)) {
    throw new RangeError(
      `the name of a backing file has 1 to ${most} bytes and no NUL; this one has ${bytes.length}`,
    );
  }
  return bytes;
}
