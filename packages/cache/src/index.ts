/**
 * The cache strategy contract and what strategies are built from.
 * @module
 */
export { Pins } from './pins.ts';
export { SlotIndex } from './slot-index.ts';
export { checkCapacity, emptyStats, resetStats } from './strategy.ts';
export type { CacheStrategy, StrategyStats } from './strategy.ts';
