/**
 * The QED format: header, tables, consistency check, and the reference-counted cache of L2 tables that its driver in QEMU has.
 * @module
 */
export { checkQed } from './check/check.ts';
export type { QedCheckOptions } from './check/check.ts';
export { MAX_FINDINGS } from './check/report.ts';
export type { QedCheckReport, QedFinding, QedFindingCode } from './check/report.ts';
export {
  ENTRY_DATA,
  ENTRY_INVALID,
  ENTRY_UNALLOCATED,
  ENTRY_ZERO,
  entryHi,
  entryKind,
  entryLo,
  entryOffset,
  isTableOffset,
} from './entry.ts';
export type { EntryKind } from './entry.ts';
export {
  FEATURE_BACKING_FILE,
  FEATURE_NEED_CHECK,
  FEATURE_NO_PROBE,
  KNOWN_FEATURES,
} from './features.ts';
export {
  CLUSTER_SIZE_RANGE,
  isPowerWithin,
  qedGeometry,
  SECTOR_SIZE,
  TABLE_CLUSTERS_RANGE,
} from './geometry.ts';
export type { QedGeometry } from './geometry.ts';
export {
  FEATURES_AT,
  geometryOf,
  HEADER_BYTES,
  IMAGE_SIZE_AT,
  isQed,
  MAX_BACKING_NAME_BYTES,
  parseQedHeader,
  serializeQedHeader,
} from './header.ts';
export type { QedHeader } from './header.ts';
export { QED_L2_CACHE_TABLES, QedL2Cache, QedL2Entry } from './l2-cache.ts';
export type { QedL2CacheOptions } from './l2-cache.ts';
export { QedFifo, qedFifo } from './qed-fifo.ts';
export { readQedHeader } from './read-header.ts';
export type { QedHeaderArea } from './read-header.ts';
