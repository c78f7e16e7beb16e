/**
 * QCOW2 refcounts: counts of 1 to 64 bits, bulk updates, an allocator, growth.
 *
 * ```ts
 * const { first, count } = await refcounts.allocateUpTo(16);
 * await refcounts.write(); // and flush, before anything on disk names the clusters
 * ```
 * @module
 */
export { REFCOUNT_TABLE_MAX_BYTES } from './grow-table.ts';
export { Refcounts } from './refcounts.ts';
export type { ClusterRange, RefcountsParts } from './refcounts.ts';
export type { SortedClusters } from './sorted-changes.ts';
export { readRefcountTable, RefcountTable } from './table.ts';
export { Tally, TALLY_CLUSTERS, tallyWindows } from './tally.ts';
export type { TallyWindow } from './tally.ts';
