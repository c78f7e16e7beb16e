/**
 * The QCOW version 1 driver: a block device (the image file) in, a block device (the guest's disk) out.
 *
 * ```ts
 * const disk = await qcow1.open(file, { l2Cache: lruRbtree({ tables: 128 }) });
 * await disk.read(into, 4096);
 * await disk.close();
 * ```
 * @module
 */
export { check, CHECK_DEFAULTS } from './check/check.ts';
export type { Qcow1CheckOptions, Qcow1CheckReport } from './check/check.ts';
export type { Finding, FindingCode, Severity } from './check/findings.ts';
export { create } from './create.ts';
export { QCOW1_CREATE_DEFAULTS } from './create-options.ts';
export type { Qcow1CreateOptions } from './create-options.ts';
export { qcow1 } from './driver.ts';
export type { Qcow1Driver } from './driver.ts';
export { Qcow1Image } from './image.ts';
export { open } from './open.ts';
export { L2_CACHE_DEFAULT_TABLES } from './options.ts';
export type { Qcow1OpenOptions } from './options.ts';
export { refuse } from './references.ts';
export type { Gate, ImageReference } from './references.ts';
export type { CowTraffic } from './state.ts';
