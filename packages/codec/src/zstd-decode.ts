import { ImageError } from '@q/block';
import { damaged, tooShort } from './codec.ts';
import { isZstdFrame, readZstdFrame } from './zstd-frame.ts';

/** A decoder and encoder of single frames. */
export interface ZstdEngine {
  /** The content of exactly one frame; throws whatever it likes when that is damaged, or takes more than `limit` bytes. */
  decode(frame: Uint8Array, limit: number): Uint8Array;
  /** One frame of the default level. */
  encode(input: Uint8Array): Uint8Array;
}

/**
 * Fills `into` from the frames at the start of `input`: usually one; as in QEMU they may be several, and those that are not needed to fill
 * `into` are not looked at. A frame that would overfill it is an error.
 */
export function decodeZstd(engine: ZstdEngine, input: Uint8Array, into: Uint8Array): void {
  let at = 0;
  let done = 0;
  while (done < into.length) {
    if (done > 0 && !isZstdFrame(input, at)) throw tooShort('zstd', done, into.length);
    const { length, skippable, contentSize, dictionary } = readZstdFrame(input, at);
    const frame = input.subarray(at, at + length);
    at += length;
    if (skippable) continue;
    if (dictionary !== 0) {
      throw new ImageError('unsupported', 'a cluster was compressed with a zstd dictionary', {
        subject: 'dictionary',
        expected: 0,
        found: dictionary,
      });
    }
    const limit = into.length - done;
    // Asked before anything is decoded, since decoders allocate what the header says.
    if (contentSize !== undefined && contentSize > limit) throw tooLong(contentSize, limit);
    let content: Uint8Array;
    try {
      content = engine.decode(frame, limit);
    } catch (error) {
      throw damaged('zstd', error instanceof Error ? error.message : String(error), error);
    }
    if (content.length > limit) throw tooLong(content.length, limit);
    into.set(content, done);
    done += content.length;
  }
}

function tooLong(found: number, expected: number): ImageError {
  return new ImageError('corrupt', 'a zstd frame holds more than its cluster has room for', {
    subject: 'zstd',
    expected,
    found,
  });
}
