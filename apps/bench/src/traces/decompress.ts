import { Decompress } from 'fzstd';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline, type Transform } from 'node:stream';
import * as zlib from 'node:zlib';

/** How a file is compressed, told by its first bytes. */
export type Compression = 'none' | 'gzip' | 'zstd';

/** How many bytes of a file have been taken, of how many; `taken` is counted up by the functions below. */
export interface Progress {
  taken: number;
  total: number;
}

const PIECE = 1 << 20;
const OUTPUT = 1 << 18;

/** The compression that the first bytes of a file announce: RFC 1952 (deflate), RFC 8878 (frames, skippable frames). */
export function compressionOf(head: Uint8Array): Compression {
  const [a, b, c, d] = head;
  if (a === 0x1f && b === 0x8b && c === 0x08) return 'gzip';
  if (a === 0x28 && b === 0xb5 && c === 0x2f && d === 0xfd) return 'zstd';
  if (a !== undefined && a >> 4 === 5 && b === 0x2a && c === 0x4d && d === 0x18) return 'zstd';
  return 'none';
}

/** The uncompressed bytes of a file, in pieces that are valid until the next is asked for. */
export function uncompressed(
  path: string,
  compression: Compression,
  progress: Progress,
): AsyncGenerator<Uint8Array> {
  if (compression === 'none') return plain(path, progress);
  if (compression === 'gzip') {
    return transformed(path, zlib.createGunzip({ chunkSize: OUTPUT }), progress);
  }
  const native = nativeZstd();
  return native ? transformed(path, native, progress) : portableZstd(path, progress);
}

async function* plain(path: string, progress: Progress): AsyncGenerator<Uint8Array> {
  const file = await open(path, 'r');
  try {
    const buffer = new Uint8Array(PIECE);
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, PIECE, null);
      if (bytesRead === 0) return;
      progress.taken += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}

async function* transformed(
  path: string,
  transform: Transform & { readonly bytesWritten: number },
  progress: Progress,
): AsyncGenerator<Uint8Array> {
  // An error of either stream comes out of the loop below; the callback has nothing to add.
  pipeline(createReadStream(path, { highWaterMark: OUTPUT }), transform, () => {});
  for await (const chunk of transform as AsyncIterable<Buffer>) {
    progress.taken = transform.bytesWritten;
    yield new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  }
  progress.taken = transform.bytesWritten;
}

/** Node's own decoder, in versions that have one. */
function nativeZstd(): (Transform & { readonly bytesWritten: number }) | undefined {
  const create = (
    zlib as {
      createZstdDecompress?: (options: object) => Transform & { readonly bytesWritten: number };
    }
  ).createZstdDecompress;
  return create?.({ chunkSize: OUTPUT });
}

async function* portableZstd(path: string, progress: Progress): AsyncGenerator<Uint8Array> {
  const blocks: Uint8Array[] = [];
  const decoder = new Decompress((block) => blocks.push(block.slice()));
  for await (const piece of plain(path, progress)) {
    // Small bites: the decoder keeps what it is given, and hands out whole blocks.
    for (let at = 0; at < piece.length; at += OUTPUT) {
      decoder.push(piece.slice(at, at + OUTPUT));
      yield* blocks;
      blocks.length = 0;
    }
  }
  decoder.push(new Uint8Array(0), true);
  yield* blocks;
}
