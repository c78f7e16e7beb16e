import { createHash } from 'node:crypto';
import { open, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { TraceColumns } from './columns.ts';
import { compressionOf, uncompressed, type Taken } from './decompress.ts';
import { detectFormat, formatNamed } from './detect.ts';
import { traceFormats } from './formats/index.ts';
import { TraceError } from './trace-error.ts';
import type { TraceFormat, TraceParser } from './format.ts';
import type { Trace, TraceOptions } from './trace.ts';

const HEAD = 4096;

/**
 * Reads a trace file, plain or compressed with gzip or zstd (told by its first bytes), as a stream. Throws a `TraceError` for what is wrong
 * with the file, a `RangeError` for a format, action or layer that does not exist.
 */
export async function readTrace(path: string, options: TraceOptions = {}): Promise<Trace> {
  const file = basename(path);
  const given =
    options.format === undefined ? undefined : formatNamed(options.format, traceFormats);
  const columns = new TraceColumns(options);
  const hash = createHash('sha256');
  const taken: Taken = { bytes: 0 };
  let format = given;
  let parser: TraceParser | undefined;
  let head = new Uint8Array(0);

  function start(chosen: TraceFormat): TraceParser {
    format = chosen;
    return chosen.parser({ file, columns, options });
  }

  let total: number;
  let compression: ReturnType<typeof compressionOf> = 'none';
  try {
    total = (await stat(path)).size;
    compression = compressionOf(await firstBytes(path, 4));
    for await (const chunk of uncompressed(path, compression, taken)) {
      hash.update(chunk);
      options.onProgress?.(taken.bytes, total);
      if (parser) {
        parser.push(chunk);
        continue;
      }
      head = joined(head, chunk);
      if (head.length < HEAD) continue;
      parser = start(given ?? detectFormat(file, head.subarray(0, HEAD), traceFormats));
      parser.push(head);
    }
  } catch (error) {
    throw explained(error, file, compression);
  }
  if (!parser) {
    parser = start(given ?? detectFormat(file, head, traceFormats));
    parser.push(head);
  }
  parser.end();
  if (taken.bytes < total) columns.ignore('byte after the compressed stream', total - taken.bytes);
  const found = columns.finish();
  if (found.requests === 0) {
    const ignored = Object.entries(found.ignored).map(([reason, n]) => `${n} x ${reason}`);
    const but = ignored.length > 0 ? `, but ${ignored.join(', ')}` : '';
    throw new TraceError('no-requests', file, `holds no ${format!.name} request${but}`);
  }
  const objects = format!.objects === true;
  return {
    name: file,
    format: format!.name,
    kind: objects ? 'objects' : 'blocks',
    ...found,
    span: objects ? 0 : found.span,
    sha256: hash.digest('hex'),
  };
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

function joined(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

/** Says what failed below the parser: the host, or the compressed stream. Errors of the parser pass. */
function explained(error: unknown, file: string, compression: string): unknown {
  if (error instanceof TraceError || error instanceof RangeError) return error;
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
