import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { TraceColumns } from './columns.ts';
import { detectFormat, formatNamed } from './detect.ts';
import { traceFormats } from './formats/index.ts';
import { pieces, type Progress } from './pieces.ts';
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
  const progress: Progress = { taken: 0, total: 0 };
  let format = given;
  let parser: TraceParser | undefined;
  let head = new Uint8Array(0);

  function start(chosen: TraceFormat): TraceParser {
    format = chosen;
    return chosen.parser({ file, columns, options });
  }

  for await (const chunk of pieces(path, file, progress)) {
    hash.update(chunk);
    options.onProgress?.(progress.taken, progress.total);
    if (parser) {
      parser.push(chunk);
      continue;
    }
    head = joined(head, chunk);
    if (head.length < HEAD) continue;
    parser = start(given ?? detectFormat(file, head.subarray(0, HEAD), traceFormats));
    parser.push(head);
  }
  if (!parser) {
    parser = start(given ?? detectFormat(file, head, traceFormats));
    parser.push(head);
  }
  parser.end();
  const rest = progress.total - progress.taken;
  if (rest > 0) columns.ignore('byte after the compressed stream', rest);
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

function joined(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
