import type { CompressionType } from '@q/format';
import type { Preallocation } from './preallocate.ts';
import { luksKeyBytes, type LuksCreateOptions } from './encryption/create-luks.ts';

/** What a new image is like. */
export interface Qcow2CreateOptions {
  /** Bytes of the guest's disk; rounded up to 512. */
  readonly size: number;
  /** 3 (default), or 2 for readers from before 2012. */
  readonly version?: 2 | 3;
  /** Bytes, a power of two from 512 to 2 MiB. Default 64 KiB. */
  readonly clusterSize?: number;
  /** 1, 2, 4, 8, 16 (default), 32 or 64. Version 2: 16. */
  readonly refcountBits?: number;
  /** L2 entries with 32 subclusters; clusters of 16 KiB at least. Default false. */
  readonly extendedL2?: boolean;
  /** Write refcounts when the image is closed; after a crash they are rebuilt. Default false. */
  readonly lazyRefcounts?: boolean;
  /** What compressed clusters are compressed with. Default `deflate`. */
  readonly compression?: 'deflate' | 'zstd';
  /** What lies below: the name is stored as it is, and its format with it. */
  readonly backing?: { readonly name: string; readonly format: string };
  /** Guest data goes to this file. `raw`: that file is to be a raw image of the disk by itself. */
  readonly dataFile?: { readonly name: string; readonly raw?: boolean };
  /**
   * Host clusters for the whole disk in advance: see {@link Preallocation}. With a backing file only with `extendedL2`. Default `off`, and `metadata` with a
   * raw data file.
   */
  readonly preallocation?: Preallocation;
  /** Guest data is encrypted, with LUKS. Default: no. */
  readonly encryption?: LuksCreateOptions;
}

/** The defaults of {@link Qcow2CreateOptions}. */
export const QCOW2_CREATE_DEFAULTS = {
  version: 3,
  clusterSize: 65536,
  refcountBits: 16,
  extendedL2: false,
  lazyRefcounts: false,
  compression: 'deflate',
  preallocation: 'off',
} as const satisfies Partial<Qcow2CreateOptions>;

/** Checked options, every default filled in. */
export interface CreatePlan {
  readonly size: number;
  readonly version: 2 | 3;
  readonly clusterBits: number;
  readonly refcountOrder: number;
  readonly extendedL2: boolean;
  readonly lazyRefcounts: boolean;
  readonly compressionType: CompressionType;
  readonly backing: Qcow2CreateOptions['backing'];
  readonly dataFile: Qcow2CreateOptions['dataFile'];
  readonly encryption: Qcow2CreateOptions['encryption'];
  readonly preallocation: Preallocation;
}

/**
 * Checks options against the format's rules.
 * @throws RangeError that names the option
 */
export function planCreate(options: Qcow2CreateOptions): CreatePlan {
  const all = { ...QCOW2_CREATE_DEFAULTS, ...options };
  const { version, extendedL2, lazyRefcounts, compression, backing, dataFile, encryption } = all;
  const clusterBits = Math.log2(all.clusterSize);
  const refcountOrder = Math.log2(all.refcountBits);
  const require = (holds: boolean, message: string): void => {
    if (!holds) throw new RangeError(message);
  };
  require(Number.isSafeInteger(all.size) &&
    all.size >= 0, `size must be a number of bytes, not ${all.size}`);
  require(Number.isInteger(clusterBits) &&
    clusterBits >= 9 &&
    clusterBits <=
      21, `clusterSize must be a power of two from 512 to 2 MiB, not ${all.clusterSize}`);
  require(Number.isInteger(refcountOrder) &&
    refcountOrder >= 0 &&
    refcountOrder <= 6, `refcountBits must be 1, 2, 4, 8, 16, 32 or 64, not ${all.refcountBits}`);
  require(version === 2 || version === 3, `version must be 2 or 3, not ${String(version)}`);
  if (version === 2) {
    require(refcountOrder === 4, 'version 2 has refcountBits 16 only');
    require(!extendedL2 &&
      !lazyRefcounts &&
      compression === 'deflate' &&
      dataFile === undefined, 'extendedL2, lazyRefcounts, zstd and dataFile need version 3');
  }
  require(!extendedL2 || clusterBits >= 14, 'extendedL2 needs a clusterSize of 16 KiB or more');
  require(dataFile?.raw !== true ||
    backing === undefined, 'a raw data file and a backing file exclude each other');
  require(dataFile?.raw !== true ||
    encryption === undefined, 'an encrypted data file is no raw image of the disk');
  const raw = dataFile?.raw === true && all.preallocation === 'off';
  const preallocation = raw ? 'metadata' : all.preallocation;
  require(['off', 'metadata', 'falloc', 'full'].includes(
    preallocation,
  ), `preallocation must be off, metadata, falloc or full, not ${preallocation}`);
  require(preallocation === 'off' ||
    backing === undefined ||
    extendedL2, 'preallocation hides the backing file, but for extendedL2');
  require(preallocation !== 'metadata' ||
    encryption === undefined, 'what is preallocated as metadata would decrypt to noise: use full');
  if (encryption !== undefined) luksKeyBytes(encryption);
  return {
    size: Math.ceil(all.size / 512) * 512,
    version,
    clusterBits,
    refcountOrder,
    extendedL2,
    lazyRefcounts,
    compressionType: compression === 'zstd' ? 1 : 0,
    backing,
    dataFile,
    encryption,
    preallocation,
  };
}
