import type { CacheStrategy } from '@q/cache';
import { MAX_TABLE_SIZE } from '@q/cache';
import { isPowerWithin, QED_L2_CACHE_TABLES, qedFifo, type QedGeometry } from '@q/qed';
import { L2_SLICE_DEFAULT_BYTES, type QedOpenOptions } from './options.ts';

/** How L2 tables are cut for the cache. */
export interface L2Slices {
  /** Bytes of a slice. */
  readonly bytes: number;
  /** Entries of a slice. */
  readonly entries: number;
  /** Bytes of guest disk that a slice maps. */
  readonly span: number;
  /** Slices of a table. */
  readonly perTable: number;
}

/**
 * Cuts tables as the options say.
 * @throws RangeError for a size of slices that is not one
 */
export function slicesOf(geometry: QedGeometry, options: QedOpenOptions): L2Slices {
  const { tableBytes, clusterSize } = geometry;
  const { l2EntrySize: bytes = Math.min(tableBytes, L2_SLICE_DEFAULT_BYTES) } = options;
  const most = Math.min(tableBytes, MAX_TABLE_SIZE);
  if (!isPowerWithin(bytes, [512, most])) {
    throw new RangeError(`l2EntrySize must be a power of two from 512 to ${most}, not ${bytes}`);
  }
  const entries = bytes / 8;
  return { bytes, entries, span: entries * clusterSize, perTable: tableBytes / bytes };
}

/** The caller's strategy, or QED's own with the memory that 50 tables of the default size have. */
export function l2CacheFor(slices: L2Slices, options: QedOpenOptions): CacheStrategy {
  const times = Math.max(1, L2_SLICE_DEFAULT_BYTES / slices.bytes);
  const whole = slices.perTable === 1;
  return options.l2Cache ?? qedFifo({ tables: QED_L2_CACHE_TABLES * (whole ? 1 : times) });
}
