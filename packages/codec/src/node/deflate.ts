import { promisify } from 'node:util';
import zlib from 'node:zlib';
import { type Codec, damaged, ifSmaller, tooShort } from '../codec.ts';
import { inflateInto } from '../deflate-read.ts';

const deflateRaw: (input: Uint8Array, options: zlib.ZlibOptions) => Promise<Uint8Array> = promisify(
  zlib.deflateRaw,
);

/** What QEMU writes with. */
const WRITTEN = { windowBits: 12, memLevel: 9 } as const;
const LEAST_CHUNK = 64; // zlib.constants.Z_MIN_CHUNK

/** Raw deflate (RFC 1951) with a window of 4 KiB, by Node's zlib. */
export const deflate: Codec = {
  name: 'deflate',

  decompress(input, into) {
    let output: Uint8Array;
    try {
      output = zlib.inflateRawSync(input, {
        // Writers keep to 12 bits, but QEMU reads larger distances as well.
        windowBits: 15,
        chunkSize: Math.max(into.length, LEAST_CHUNK),
        maxOutputLength: into.length,
        // A stream that does not end is complete when the cluster is.
        finishFlush: zlib.constants.Z_SYNC_FLUSH,
      });
    } catch (error) {
      // Longer than the cluster: its beginning counts, and zlib keeps that to itself.
      if (isTooLarge(error)) return inflateInto(input, into);
      throw damaged('deflate', error instanceof Error ? error.message : String(error), error);
    }
    if (output.length < into.length) throw tooShort('deflate', output.length, into.length);
    into.set(output);
  },

  compress: (input) => ifSmaller(zlib.deflateRawSync(input, WRITTEN), input),

  // On the threads that Node keeps for this (UV_THREADPOOL_SIZE, 4 by default).
  compressApart: async (input) => ifSmaller(await deflateRaw(input, WRITTEN), input),
};

function isTooLarge(error: unknown): boolean {
  return error instanceof RangeError && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
}
