/**
 * QCOW2 on-disk structures, versions 2 and 3: parse, validate, serialize, and address arithmetic. Pure functions over bytes.
 * @module
 */
export {
  BITMAP_AUTO,
  BITMAP_EXTRA_COMPATIBLE,
  BITMAP_IN_USE,
  BITMAP_TYPE_DIRTY,
  bitmapDataBytes,
  parseBitmapDirectory,
  serializeBitmapDirectory,
} from './bitmap-directory.ts';
export type { BitmapDirectoryEntry, BitmapDirectoryRules } from './bitmap-directory.ts';
export { decodeBitmapTableEntry, encodeBitmapTableEntry } from './bitmap-table-entry.ts';
export type { BitmapTableEntry } from './bitmap-table-entry.ts';
export {
  parseBitmapsExtension,
  serializeBitmapsExtension,
  validateBitmapsExtension,
} from './bitmaps-extension.ts';
export type { BitmapsExtension } from './bitmaps-extension.ts';
export type { ClusterIndex, GuestClusterIndex, GuestOffset, HostOffset } from './addresses.ts';
export {
  COMPRESSED_SECTOR,
  compressedHi,
  compressedLengthOf,
  compressedLimit,
  compressedOffsetOf,
  compressedSectors,
  compressedSectorsOf,
  decodeCompressed,
} from './compressed-descriptor.ts';
export type { CompressedDescriptor } from './compressed-descriptor.ts';
export { Cursor } from './cursor.ts';
export {
  SUBCLUSTERS,
  decodeExtendedL2,
  subclusterKind,
  subclusterMask,
  subclusterRun,
  subclustersAreInvalid,
} from './extended-l2.ts';
export type { ExtendedL2Entry, SubclusterKind } from './extended-l2.ts';
export {
  EXTENSION_BACKING_FORMAT,
  EXTENSION_BITMAPS,
  EXTENSION_DATA_FILE,
  EXTENSION_END,
  EXTENSION_FEATURE_NAMES,
  EXTENSION_LUKS,
  extensionBytes,
  extensionListBytes,
  parseExtensionList,
} from './extension-list.ts';
export type { RawExtension } from './extension-list.ts';
export { decodeExtension, encodeExtension } from './extensions.ts';
export type {
  BackingFormatExtension,
  DataFileExtension,
  FeatureNamesExtension,
  HeaderExtension,
  UnknownExtension,
} from './extensions.ts';
export {
  AUTOCLEAR_BITMAPS,
  AUTOCLEAR_KNOWN,
  AUTOCLEAR_RAW_DATA_FILE,
  COMPATIBLE_LAZY_REFCOUNTS,
  FEATURE_SETS,
  INCOMPATIBLE_COMPRESSION,
  INCOMPATIBLE_CORRUPT,
  INCOMPATIBLE_DATA_FILE,
  INCOMPATIBLE_DIRTY,
  INCOMPATIBLE_EXTENDED_L2,
  INCOMPATIBLE_KNOWN,
  KNOWN_FEATURES,
} from './features.ts';
export type { FeatureName, FeatureSet } from './features.ts';
export {
  FEATURE_NAME_RECORD_BYTES,
  parseFeatureNameTable,
  serializeFeatureNameTable,
} from './feature-name-table.ts';
export {
  clusterCeilOf,
  clusterIndexOf,
  clusterOffsetOf,
  clusterStartOf,
  geometryOf,
  inClusterOf,
  l1IndexOf,
  l2IndexOf,
  refcountBlockIndexOf,
  refcountTableIndexOf,
  subclusterOf,
} from './geometry.ts';
export type { AddressSizes, Geometry } from './geometry.ts';
export {
  HEADER_V2_BYTES,
  HEADER_V3_BYTES,
  HEADER_V3_MIN_BYTES,
  QCOW_MAGIC,
  featuresOf,
  headerLengthOf,
  isQcow2,
  parseHeader,
  serializeHeader,
} from './header.ts';
export type { CompressionType, CryptMethod, Header, HeaderV2, HeaderV3 } from './header.ts';
export {
  extensionOf,
  headerClusterBytes,
  parseHeaderCluster,
  serializeHeaderCluster,
} from './header-cluster.ts';
export type { HeaderCluster } from './header-cluster.ts';
export { headerPatch } from './header-patch.ts';
export type { HeaderPatch, HeaderPatchKind } from './header-patch.ts';
export { validateHeader } from './header-rules.ts';
export type { HeaderRules } from './header-rules.ts';
export {
  L1_RESERVED_HI,
  L1_RESERVED_LO,
  decodeL1Entry,
  l1HasReservedBits,
  l1IsAllocated,
} from './l1-entry.ts';
export type { L1Entry } from './l1-entry.ts';
export {
  L2_COMPRESSED,
  L2_COMPRESSED_HI,
  L2_DATA,
  L2_INVALID,
  L2_RESERVED_HI,
  L2_RESERVED_LO,
  L2_UNALLOCATED,
  L2_ZERO,
  L2_ZERO_ALLOCATED,
  L2_ZERO_LO,
  decodeL2Entry,
  encodeL2Entry,
  l2HasReservedBits,
  l2Kind,
  l2Rules,
} from './l2-entry.ts';
export type { EntryHalves, L2Entry, L2Kind } from './l2-entry.ts';
export { l2SliceOf, l2SlicesOf } from './l2-slices.ts';
export type { L2Slices } from './l2-slices.ts';
export { FORMAT_LIMITS_DEFAULTS, withDefaultLimits } from './limits.ts';
export type { FormatLimits } from './limits.ts';
export {
  parseLuksExtension,
  serializeLuksExtension,
  validateLuksExtension,
} from './luks-extension.ts';
export type { LuksExtension } from './luks-extension.ts';
export {
  getRefcount,
  getRefcount64,
  maxRefcountOf,
  refcountsIn,
  setRefcount,
  setRefcount64,
} from './refcount-block.ts';
export {
  countUsedRefcounts,
  fillRefcounts,
  findZeroRefcounts,
  nextUsedRefcount,
  nextZeroRefcount,
} from './refcount-runs.ts';
export {
  REFCOUNT_TABLE_RESERVED_LO,
  decodeRefcountTableEntry,
  refcountBlockOffsetOf,
  refcountTableHasReservedBits,
} from './refcount-table-entry.ts';
export {
  SNAPSHOT_EXTRA_BYTES,
  SNAPSHOT_FIXED_BYTES,
  parseSnapshotTable,
  serializeSnapshotTable,
  snapshotTableBytes,
} from './snapshot-table.ts';
export type { Snapshot, SnapshotTableRules } from './snapshot-table.ts';
export {
  ENTRY_COPIED_HI,
  ENTRY_OFFSET_HI,
  ENTRY_OFFSET_LO,
  entryHi,
  entryLo,
  hostOffsetOf,
  isCopied,
} from './table-entry.ts';
