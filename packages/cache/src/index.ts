/**
 * The cache strategy contract, what strategies are built from, and the table cache that owns the bytes a strategy decides about.
 * @module
 */
export { Pins } from './pins.ts';
export { recordKeys } from './record-keys.ts';
export { SlotIndex } from './slot-index.ts';
export { checkCapacity, emptyStats, resetStats } from './strategy.ts';
export type { CacheStrategy, StrategyStats } from './strategy.ts';
export { TableCache } from './table-cache.ts';
export { MAX_TABLE_SIZE, TABLE_CACHE_DEFAULTS } from './table-cache/options.ts';
export type { TableCacheOptions } from './table-cache/options.ts';
export { TableCacheStats } from './table-cache/stats.ts';
export { MAX_SLAB_BYTES } from './table-cache/table-slots.ts';
