import { ImageError, type MaybePromise } from '@q/block';

/** The names by which image formats know their compression. */
export type CodecName = 'deflate' | 'zstd';

/** How the clusters of an image are compressed. Stateless: calls may overlap in time. */
export interface Codec {
  readonly name: CodecName;
  /**
   * Fills `into`, a whole cluster, from the compressed bytes in `input`. What follows the compressed stream in `input` is ignored: a cluster's
   * bytes are known to 512 only. Never makes more than `into.length` bytes, whatever the stream says. After an error `into` is undefined.
   *
   * @throws ImageError `corrupt` when the stream is damaged, or ends before `into` is full
   */
  decompress(input: Uint8Array, into: Uint8Array): MaybePromise<void>;
  /** `input` compressed, or undefined when that takes as many bytes as `input` or more, and the cluster is better stored as it is. */
  compress(input: Uint8Array): MaybePromise<Uint8Array | undefined>;
  /** The same, on another thread: calls that overlap run at the same time. `input` must not change meanwhile. Absent where there are no threads. */
  compressApart?(input: Uint8Array): Promise<Uint8Array | undefined>;
}

/** The error for a stream that cannot be what a writer wrote. */
export function damaged(name: CodecName, reason: string, cause?: unknown): ImageError {
  return new ImageError(
    'corrupt',
    `a compressed cluster (${name}) is damaged: ${reason}; restore it from a copy of the image`,
    { subject: name, cause },
  );
}

/** The error for a stream that ends before its cluster is full. */
export function tooShort(name: CodecName, found: number, expected: number): ImageError {
  return new ImageError(
    'corrupt',
    `a compressed cluster (${name}) holds only ${found} of ${expected} bytes; restore it from a copy of the image`,
    { subject: name, expected, found },
  );
}

/** `output`, when it is worth storing in place of `input`. */
export function ifSmaller(output: Uint8Array, input: Uint8Array): Uint8Array | undefined {
  return output.length < input.length ? output : undefined;
}
