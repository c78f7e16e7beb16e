import { chain, ImageError, type MaybePromise } from '@q/block';
import { type Codec, ifSmaller } from './codec.ts';
import { decodeZstd, type ZstdEngine } from './zstd-decode.ts';

// fzstd would need no WebAssembly, but takes damaged frames for good ones: it does not check how much came out, nor the checksum, and
// damaged counts keep it busy for minutes. The reference decoder is three times as fast besides (680 MB/s to 212).

let engine: MaybePromise<ZstdEngine> | undefined;

async function load(): Promise<ZstdEngine> {
  try {
    const wasm = await import('@bokuweb/zstd-wasm');
    await wasm.init();
    return (engine = {
      // Room for the content size of the header, which the caller has checked, or for `limit` where the header has none.
      decode: (frame, limit) => wasm.decompress(frame, { defaultHeapSize: limit }),
      encode: (input) => wasm.compress(input),
    });
  } catch (error) {
    engine = undefined;
    throw new ImageError('unsupported', 'zstd.wasm could not be loaded; see that it is served', {
      subject: 'zstd',
      cause: error,
    });
  }
}

/** Zstandard (RFC 8878), by WebAssembly. The first calls wait for it to load; later ones are synchronous. */
export const zstd: Codec = {
  name: 'zstd',
  decompress: (input, into) =>
    chain((engine ??= load()), (ready) => decodeZstd(ready, input, into)),
  compress: (input) => chain((engine ??= load()), (ready) => ifSmaller(ready.encode(input), input)),
};
