/**
 * What went wrong, as a stable word. Codes are API, messages are not.
 *
 * - `not-this-format`: the bytes are of another format; a probe goes on with the next one
 * - `corrupt`: a structure contradicts the format or the file
 * - `unsupported`: legal, but not handled (an unknown feature bit, a codec that is not there)
 * - `refused`: the caller's policy says no (a backing file that no gate opens)
 * - `limit`: larger than a named limit of the options
 * - `no-space`: the device is full, or cannot grow
 * - `read-only`: a change was asked of something opened for reading
 * - `locked`: somebody else has it open for writing
 * - `io`: the host failed; `cause` has its error
 */
export type ImageErrorCode =
  | 'not-this-format'
  | 'corrupt'
  | 'unsupported'
  | 'refused'
  | 'limit'
  | 'no-space'
  | 'read-only'
  | 'locked'
  | 'io';

/** What an {@link ImageError} may say beyond its sentence. Numbers are bytes unless the field's name says otherwise. */
export interface ImageErrorDetails {
  /** Byte offset, in the device at fault, of the structure or of the request. */
  readonly offset?: number | undefined;
  /** What a valid image has here. */
  readonly expected?: string | number | bigint | undefined;
  /** What this image has here. */
  readonly found?: string | number | bigint | undefined;
  /** The name of a field, an option, or a reference (a backing file's name) that this is about. */
  readonly subject?: string | undefined;
  /** The error below this one. */
  readonly cause?: unknown;
}

/** The one error type of all packages: what, where, and (in the message) what to do. Misuse of the API is a `TypeError` or `RangeError` instead. */
export class ImageError extends Error {
  override readonly name = 'ImageError';
  readonly code: ImageErrorCode;
  readonly offset: number | undefined;
  readonly expected: string | number | bigint | undefined;
  readonly found: string | number | bigint | undefined;
  readonly subject: string | undefined;

  constructor(code: ImageErrorCode, message: string, details: ImageErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.offset = details.offset;
    this.expected = details.expected;
    this.found = details.found;
    this.subject = details.subject;
  }
}

/** Whether `error` is an {@link ImageError}, with this code when one is given. */
export function isImageError(error: unknown, code?: ImageErrorCode): error is ImageError {
  return error instanceof ImageError && (code === undefined || error.code === code);
}
