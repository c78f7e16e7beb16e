/**
 * QCOW2 refcounts: counts of 1 to 64 bits, bulk updates, an allocator, growth.
 * @module
 */
export { REFCOUNT_TABLE_MAX_BYTES } from './grow-table.ts';
export { Refcounts } from './refcounts.ts';
export type { ClusterRange, RefcountsParts } from './refcounts.ts';
export { readRefcountTable, RefcountTable } from './table.ts';
