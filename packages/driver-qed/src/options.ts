import type { CacheStrategy } from '@q/cache';
import type { Gate } from './references.ts';

/** How an image is opened. */
export interface QedOpenOptions {
  /** Do not write. Default: as the file is. */
  readonly readOnly?: boolean;
  /**
   * Which L2 tables, or slices of them, are kept, and how many. One strategy object serves one image.
   * Default: `qedFifo`, 50 tables as in QEMU, or as many slices as have the memory of 50 tables of the default size.
   */
  readonly l2Cache?: CacheStrategy;
  /**
   * Bytes of an L2 slice, what one slot of the cache holds and what is read and written at once: a power of two from 512 to the table's size, 2 MiB at most.
   * Default: whole tables, and slices of 256 KiB of tables that are larger.
   */
  readonly l2EntrySize?: number;
  /**
   * Leave the copy-on-write tail of a new cluster open for a request that is about to overwrite it, and copy only what is still missing at the next flush. Default true.
   * False copies with the first write, as QEMU does.
   */
  readonly takeOver?: boolean;
  /** Opens the backing file the image names. Default: `refuse`. */
  readonly backing?: Gate;
}

/** The largest slice of an L2 table when the caller does not say, bytes: a whole table of the default size. */
export const L2_SLICE_DEFAULT_BYTES = 2 ** 18;
