import type { CacheStrategy } from '@q/cache';
import type { FormatLimits } from '@q/format';
import type { PassphraseSource } from './encryption/passphrase.ts';
import type { Gate } from './references.ts';

/** How an image is opened. */
export interface Qcow2OpenOptions {
  /** Do not write. Default: as the file is. A snapshot is always read-only. */
  readonly readOnly?: boolean;
  /**
   * Which L2 slices are kept, and how many. One strategy object serves one image.
   * Default: sets of 8 ways that cover the whole disk, at most 32 MiB.
   */
  readonly l2Cache?: CacheStrategy;
  /**
   * Bytes of an L2 slice, what one slot of the cache holds: a power of two from 512 to the cluster size.
   * Default: the cluster size when the cache covers the disk, else 4096 (or the cluster size, if smaller).
   */
  readonly l2EntrySize?: number;
  /** Which refcount blocks are kept, and how many. Default: sets of 4 ways, 4 to 16 blocks. */
  readonly refcountCache?: CacheStrategy;
  /**
   * Leave the copy-on-write tail of a new cluster open for a request that is about to overwrite it, and copy only what is still missing at the next flush. Default true.
   * False copies with the first write, as QEMU does.
   */
  readonly takeOver?: boolean;
  /** Opens the backing file the image names. Default: {@link refuse}. */
  readonly backing?: Gate;
  /** Opens the external data file the image names. Default: {@link refuse}. */
  readonly dataFile?: Gate;
  /** Gives the passphrase of an encrypted image; asked once. Default: an encrypted image is refused. */
  readonly passphrase?: PassphraseSource;
  /** Open this internal snapshot instead of the active disk, by id or, when no id matches, by name. */
  readonly snapshot?: string;
  /** The largest structures that are accepted. Defaults: `FORMAT_LIMITS_DEFAULTS`. */
  readonly limits?: Partial<FormatLimits>;
}

/** Most bytes of L2 slices that are cached when the caller gives no strategy. */
export const L2_CACHE_DEFAULT_BYTES = 32 * 2 ** 20;
/** Bytes of a slice where the cache does not cover the disk. */
export const L2_SLICE_DEFAULT_BYTES = 4096;
