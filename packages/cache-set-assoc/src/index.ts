/**
 * Set-associative and direct-mapped strategies.
 *
 * ```ts
 * const strategy = setAssoc({ tables: 128, ways: 8 });
 * let slot = strategy.find(7);
 * if (slot < 0) slot = strategy.place(7);
 * ```
 * @module
 */
export { directMapped, RECENT_ENTRIES, SET_ASSOC_DEFAULTS, setAssoc } from './set-assoc.ts';
export type { DirectMappedOptions, SetAssocOptions } from './set-assoc.ts';
export type { IndexBy } from './set-index.ts';
