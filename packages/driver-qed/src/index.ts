/**
 * The QED driver: a block device (the image file) in, a block device (the guest's disk) out.
 * @module
 */
export { create } from './create.ts';
export { QED_CREATE_DEFAULTS } from './create-options.ts';
export type { QedCreateOptions } from './create-options.ts';
export { qed } from './driver.ts';
export type { QedDriver } from './driver.ts';
export { QedImage } from './image.ts';
export { open } from './open.ts';
export { L2_SLICE_DEFAULT_BYTES } from './options.ts';
export type { QedOpenOptions } from './options.ts';
export { refuse } from './references.ts';
export type { Gate, ImageReference } from './references.ts';
export type { CowTraffic } from './state.ts';
