import type { MaybePromise } from '@q/block';
import type { CacheStrategy } from '@q/cache';
import type { FormatLimits } from '@q/format';
import type { Gate } from './references.ts';

/** How an image is opened. */
export interface Qcow1OpenOptions {
  /** Do not write. Default: as the file is. */
  readonly readOnly?: boolean;
  /** Which L2 tables are kept, and how many. One strategy object serves one image. Default: `lruRbtree({ tables: 128 })`, as in kvm tools. */
  readonly l2Cache?: CacheStrategy;
  /**
   * Leave the copy-on-write tail of a new cluster open for a request that is about to overwrite it, and copy only what is still missing at the next flush. Default true.
   * False copies with the first write.
   */
  readonly takeOver?: boolean;
  /** Opens the backing file the image names. Default: `refuse`. */
  readonly backing?: Gate;
  /**
   * Asked for the passphrase of an encrypted image: text is taken as UTF-8, and of the bytes the first 16 count. A wrong one is not noticed: the format has nothing to
   * tell it by, and the disk reads as noise.
   */
  readonly passphrase?: () => MaybePromise<string | Uint8Array>;
  /** The largest structures that are accepted. Defaults: `FORMAT_LIMITS_DEFAULTS` of `@q/format`. */
  readonly limits?: Partial<FormatLimits>;
}

/** L2 tables that are cached when the caller gives no strategy. */
export const L2_CACHE_DEFAULT_TABLES = 128;
