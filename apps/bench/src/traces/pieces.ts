import { open, stat } from 'node:fs/promises';
import { compressionOf, uncompressed, type Compression, type Progress } from './decompress.ts';
import { TraceError } from './trace-error.ts';

export type { Progress } from './decompress.ts';

/**
 * The uncompressed bytes of a file, each piece valid until the next is asked for; `progress` is kept up. What goes wrong comes out as a
 * `TraceError` that calls the file `file`; errors of the consumer do not pass through here.
 */
export async function* pieces(
  path: string,
  file: string,
  progress: Progress,
): AsyncGenerator<Uint8Array> {
  let compression: Compression = 'none';
  try {
    progress.total = (await stat(path)).size;
    compression = compressionOf(await firstBytes(path, 4));
    yield* uncompressed(path, compression, progress);
  } catch (error) {
    throw explained(error, file, compression);
  }
}

async function firstBytes(path: string, count: number): Promise<Uint8Array> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(new Uint8Array(count), 0, count, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** Says what failed: the host, or the compressed stream. */
function explained(error: unknown, file: string, compression: Compression): TraceError {
  const { code, message, syscall } = error as NodeJS.ErrnoException;
  if (syscall !== undefined || compression === 'none') {
    return new TraceError('io', file, `cannot be read (${message})`, { cause: error });
  }
  const ended = code === 'Z_BUF_ERROR' || /unexpected (end|eof)/i.test(message);
  return new TraceError(
    ended ? 'truncated' : 'malformed',
    file,
    `the ${compression} stream ${ended ? 'ends early' : 'is damaged'} (${message})`,
    { cause: error },
  );
}
