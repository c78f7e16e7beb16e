/**
 * Cache strategies for comparison, one file each; import a single one from its subpath (`@q/cache-policies/sieve`).
 * @module
 */
export { arc } from './arc.ts';
export type { Arc } from './arc.ts';
export { belady } from './belady.ts';
export type { Belady } from './belady.ts';
export { clock } from './clock.ts';
export type { Clock } from './clock.ts';
export { fifo } from './fifo.ts';
export type { Fifo } from './fifo.ts';
export { LFU_DEFAULTS, lfu } from './lfu.ts';
export type { Lfu, LfuOptions } from './lfu.ts';
export { qemuLinear } from './qemu-linear.ts';
export type { QemuLinear } from './qemu-linear.ts';
export { random } from './random.ts';
export type { RandomOptions, RandomPolicy } from './random.ts';
export { s3fifo } from './s3fifo.ts';
export type { S3Fifo } from './s3fifo.ts';
export { sieve } from './sieve.ts';
export type { Sieve } from './sieve.ts';
export { SlotLists } from './slot-lists.ts';
export { SlotPolicy } from './slot-policy.ts';
export { wtinylfu } from './wtinylfu.ts';
export type { WTinyLfu } from './wtinylfu.ts';
