/**
 * The block device contract and the errors all packages share.
 * @module
 */
export type { BlockDevice, Extent, ExtentKind, WriteZeroesOptions } from './device.ts';
export { ImageError, isImageError } from './errors.ts';
export type { ImageErrorCode, ImageErrorDetails } from './errors.ts';
export { chain, isPromise } from './maybe.ts';
export type { MaybePromise } from './maybe.ts';
export { checkRange } from './range.ts';
