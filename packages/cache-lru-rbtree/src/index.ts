/**
 * Least recently used over a red-black tree and a list of slots.
 *
 * ```ts
 * const strategy = lruRbtree({ tables: 128 });
 * let slot = strategy.find(7);
 * if (slot < 0) slot = strategy.place(7);
 * ```
 * @module
 */
export { LRU_RBTREE_DEFAULTS, lruRbtree } from './lru-rbtree.ts';
export type { LruRbtreeOptions } from './lru-rbtree.ts';
export { RedBlackTree } from './red-black-tree.ts';
