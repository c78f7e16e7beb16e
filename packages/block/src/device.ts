import type { MaybePromise } from './maybe.ts';

/** What a stretch of a device is: bytes that are stored, zeroes by declaration, or nothing at this level. */
export type ExtentKind = 'data' | 'zero' | 'hole';

/** A stretch of a device of one kind. Offsets and lengths in bytes. */
export interface Extent {
  /** Where it begins in the device asked. */
  readonly offset: number;
  readonly length: number;
  /** `data` is stored bytes; `zero` reads as zeroes by declaration; `hole` reads as zeroes because nobody in the chain has anything here. */
  readonly kind: ExtentKind;
  /** The bytes are compressed, so `hostOffset` is absent. */
  readonly compressed?: boolean;
  /** How many levels down the chain the bytes were found: 0 is the device asked. */
  readonly depth: number;
  /** Where the bytes lie in the file of that level, when they lie there as they are. */
  readonly hostOffset?: number;
}

/** How to write zeroes. */
export interface WriteZeroesOptions {
  /** Allow the space to be given back. The bytes read as zeroes either way. Default false. */
  readonly unmap?: boolean;
}

/**
 * A disk, or anything that behaves as one. A format driver takes one (the image file) and is one (the guest's disk).
 *
 * - Offsets and lengths are bytes, non-negative safe integers; anything else is a `RangeError`.
 * - Each request completes synchronously when it can, and returns a promise only when it must. A failed
 *   request throws, or rejects, with an `ImageError`.
 * - Requests may overlap in time. Two that overlap in range as well leave either one's bytes, per byte.
 * - `into` and `from` belong to the device until the request has completed.
 */
export interface BlockDevice {
  /** Bytes. Follows the growth of a growable device. */
  readonly size: number;
  readonly readOnly: boolean;
  /** A write past the end extends the device (as a file does). Where false or absent such a write is a `RangeError`. */
  readonly growable?: boolean;
  /** Fills `into` whole, or fails. A read past the end is a `RangeError`: see `readPadded`. */
  read(into: Uint8Array, offset: number): MaybePromise<void>;
  /** Writes `from` whole, or fails: after a failure each of its bytes is the old or the new one. */
  write(from: Uint8Array, offset: number): MaybePromise<void>;
  /** One write of all the parts behind each other, where the device has a vectored write. Same promises as `write`. */
  writev?(parts: readonly Uint8Array[], offset: number): MaybePromise<void>;
  /** The range reads as zeroes afterwards. */
  writeZeroes(offset: number, length: number, options?: WriteZeroesOptions): MaybePromise<void>;
  /** The range's bytes are no longer needed. What it reads as afterwards is the device's business. */
  discard(offset: number, length: number): MaybePromise<void>;
  /** The range cut into extents, in order, without gaps; neighbours may be alike. */
  extents(offset: number, length: number): AsyncIterable<Extent>;
  /** All that was acknowledged before the call is durable after it. */
  flush(): MaybePromise<void>;
  /** Changes the size. New bytes read as zeroes. */
  resize(size: number): MaybePromise<void>;
  /** Flushes and lets go. Any later call, a second close included, is a `TypeError`. */
  close(): MaybePromise<void>;
  /** Closes, unless that has been done: what `await using` calls. */
  [Symbol.asyncDispose](): Promise<void>;
}
