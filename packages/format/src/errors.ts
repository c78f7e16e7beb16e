import { ImageError, type ImageErrorDetails } from '@q/block';

/** Throws `corrupt`: a structure contradicts the format. `sentence` says what, without a full stop. */
export function corrupt(sentence: string, details: ImageErrorDetails): never {
  throw new ImageError(
    'corrupt',
    `${sentence}. The image is damaged: run a check, or restore it from a copy.`,
    details,
  );
}

/** Throws `unsupported`: legal, but not handled here. */
export function unsupported(sentence: string, details: ImageErrorDetails): never {
  throw new ImageError(
    'unsupported',
    `${sentence}. Convert the image with the program that wrote it.`,
    details,
  );
}

/** Throws `limit` when `found` is above the named limit. */
export function checkLimit(
  found: number,
  limit: number,
  what: string,
  subject: string,
  offset?: number,
): void {
  if (found > limit) {
    throw new ImageError(
      'limit',
      `${what} is ${found}, above the limit of ${limit}. If the image is trusted, raise the limit '${subject}'.`,
      { offset, expected: limit, found, subject },
    );
  }
}

/** A u64 of an image as a safe integer, or throws `corrupt` naming `subject`. `offset` is where it stands, bytes. */
export function toSafe(value: bigint, subject: string, offset: number): number {
  if (value > 0x1f_ffff_ffff_ffffn) {
    corrupt(`${subject} is 0x${value.toString(16)}, which is above 2^53 - 1`, {
      offset,
      subject,
      expected: Number.MAX_SAFE_INTEGER,
      found: value,
    });
  }
  return Number(value);
}
