/**
 * Cache strategies for comparison, one file each; import a single one from its subpath (`@q/cache-policies/sieve`).
 * @module
 */
export { Arc, arc } from './arc.ts';
export { Belady, belady } from './belady.ts';
export { Clock, clock } from './clock.ts';
export { Fifo, fifo } from './fifo.ts';
export { LFU_DEFAULTS, Lfu, lfu } from './lfu.ts';
export type { LfuOptions } from './lfu.ts';
export { QemuLinear, qemuLinear } from './qemu-linear.ts';
export { random, RandomPolicy } from './random.ts';
export type { RandomOptions } from './random.ts';
export { S3Fifo, s3fifo } from './s3fifo.ts';
export { Sieve, sieve } from './sieve.ts';
export { SlotLists } from './slot-lists.ts';
export { SlotPolicy } from './slot-policy.ts';
export { WTinyLfu, wtinylfu } from './wtinylfu.ts';
