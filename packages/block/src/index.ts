/**
 * The block device contract, the errors all packages share, devices in memory, and layers that go around any device.
 * @module
 */
export type { BlockDevice, Extent, ExtentKind, WriteZeroesOptions } from './device.ts';
export { ImageError, isImageError } from './errors.ts';
export type { ImageErrorCode, ImageErrorDetails } from './errors.ts';
export { Gather } from './gather.ts';
export { chain, isPromise } from './maybe.ts';
export type { MaybePromise } from './maybe.ts';
export { MemoryDevice } from './memory.ts';
export type { MemoryDeviceOptions } from './memory.ts';
export { Prng } from './prng.ts';
export { checkRange } from './range.ts';
export { readPadded } from './read-padded.ts';
export { writeParts } from './writev.ts';
