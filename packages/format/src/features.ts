/**
 * Feature bits of version 3 headers. QCOW2 format, section "Header".
 * @module
 */

/** Incompatible: refcounts may be stale and must be rebuilt before writing. */
export const INCOMPATIBLE_DIRTY = 1n << 0n;
/** Incompatible: metadata is known to be damaged; only for reading and repair. */
export const INCOMPATIBLE_CORRUPT = 1n << 1n;
/** Incompatible: guest data is in another file. */
export const INCOMPATIBLE_DATA_FILE = 1n << 2n;
/** Incompatible: compression_type is not 0. */
export const INCOMPATIBLE_COMPRESSION = 1n << 3n;
/** Incompatible: L2 entries of 16 bytes, with 32 subclusters for each cluster. */
export const INCOMPATIBLE_EXTENDED_L2 = 1n << 4n;
/** All incompatible bits this package knows; an image with another one cannot be opened. */
export const INCOMPATIBLE_KNOWN =
  INCOMPATIBLE_DIRTY |
  INCOMPATIBLE_CORRUPT |
  INCOMPATIBLE_DATA_FILE |
  INCOMPATIBLE_COMPRESSION |
  INCOMPATIBLE_EXTENDED_L2;

/** Compatible: refcount updates may be deferred while the dirty bit is set. */
export const COMPATIBLE_LAZY_REFCOUNTS = 1n << 0n;

/** Autoclear: the stored bitmaps are consistent. */
export const AUTOCLEAR_BITMAPS = 1n << 0n;
/** Autoclear: the external data file is usable as a plain raw image. */
export const AUTOCLEAR_RAW_DATA_FILE = 1n << 1n;
/** All autoclear bits this package knows; a writer clears the others before its first write. */
export const AUTOCLEAR_KNOWN = AUTOCLEAR_BITMAPS | AUTOCLEAR_RAW_DATA_FILE;

/** The three sets, in the order of their type byte in the feature name table. */
export const FEATURE_SETS = ['incompatible', 'compatible', 'autoclear'] as const;

/** One of the three sets of feature bits. */
export type FeatureSet = (typeof FEATURE_SETS)[number];

/** A feature bit and what it is called. */
export interface FeatureName {
  readonly set: FeatureSet;
  /** 0..63. */
  readonly bit: number;
  /** At most 46 bytes of UTF-8. From an image it is untrusted text: escape it before printing. */
  readonly name: string;
}

/** The names of the known bits: what a new image's feature name table holds. */
export const KNOWN_FEATURES: readonly FeatureName[] = [
  { set: 'incompatible', bit: 0, name: 'dirty bit' },
  { set: 'incompatible', bit: 1, name: 'corrupt bit' },
  { set: 'incompatible', bit: 2, name: 'external data file' },
  { set: 'incompatible', bit: 3, name: 'compression type' },
  { set: 'incompatible', bit: 4, name: 'extended L2 entries' },
  { set: 'compatible', bit: 0, name: 'lazy refcounts' },
  { set: 'autoclear', bit: 0, name: 'bitmaps' },
  { set: 'autoclear', bit: 1, name: 'raw external data' },
];
