import zlib from 'node:zlib';
import { ImageError } from '@q/block';
import { type Codec, ifSmaller } from '../codec.ts';
import { decodeZstd, type ZstdEngine } from '../zstd-decode.ts';
import { compressInWorker } from './zstd-workers.ts';
import { syncWasmEngine } from './zstd-wasm-sync.ts';

/** What zlib has from Node 22.15 on. */
interface NativeZstd {
  readonly zstdCompress?: (
    input: Uint8Array,
    done: (error: Error | null, output: Uint8Array) => void,
  ) => void;
  readonly zstdCompressSync?: (input: Uint8Array) => Uint8Array;
  readonly zstdDecompressSync?: (
    frame: Uint8Array,
    options: { maxOutputLength: number },
  ) => Uint8Array;
}

/** Node's own zstd, where this Node has it. */
export function nativeEngine(): ZstdEngine | undefined {
  const { zstdCompressSync, zstdDecompressSync } = zlib as NativeZstd;
  if (zstdCompressSync === undefined || zstdDecompressSync === undefined) return undefined;
  return {
    decode: (frame, limit) => zstdDecompressSync(frame, { maxOutputLength: limit }),
    encode: (input) => zstdCompressSync(input),
  };
}

let engine: ZstdEngine | undefined;

function load(): ZstdEngine {
  try {
    return (engine = nativeEngine() ?? syncWasmEngine());
  } catch (error) {
    throw new ImageError(
      'unsupported',
      'no zstd here: use Node 22.15 or later, or install @bokuweb/zstd-wasm',
      { subject: 'zstd', cause: error },
    );
  }
}

/** Zstandard (RFC 8878), by Node's zlib from Node 22.15 on, by WebAssembly before. Synchronous. */
export const zstd: Codec = {
  name: 'zstd',
  decompress: (input, into) => decodeZstd(engine ?? load(), input, into),
  compress: (input) => ifSmaller((engine ?? load()).encode(input), input),
  compressApart: async (input) => ifSmaller(await encodeApart(input), input),
};

function encodeApart(input: Uint8Array): Promise<Uint8Array> {
  const { zstdCompress } = zlib as NativeZstd;
  if (zstdCompress === undefined) {
    // Where there can be no workers, here.
    return compressInWorker(input).catch(() => (engine ?? load()).encode(input));
  }
  return new Promise((resolve, reject) => {
    zstdCompress(input, (error, output) => {
      if (error === null) resolve(output);
      else reject(error);
    });
  });
}
