/**
 * Offsets and indexes that must not be mixed up. A plain number may become any of them without a cast, so arithmetic stays
 * free; a guest offset where a host offset is wanted is a type error.
 *
 * (Brands that need a cast at every sum were tried on paper and dropped: each read has a dozen such sums.)
 */
declare const unit: unique symbol;

/** Byte offset on the guest's disk. */
export type GuestOffset = number & { readonly [unit]?: 'guest offset' };

/** Byte offset in the image file (or in the external data file). */
export type HostOffset = number & { readonly [unit]?: 'host offset' };

/** Number of a cluster in the image file: host offset / cluster size. */
export type ClusterIndex = number & { readonly [unit]?: 'host cluster index' };

/** Number of a cluster on the guest's disk: guest offset / cluster size. */
export type GuestClusterIndex = number & { readonly [unit]?: 'guest cluster index' };
