import { expect } from 'vitest';
import { TraceColumns } from '../../src/traces/columns.ts';
import { formatNamed } from '../../src/traces/detect.ts';
import { TraceError, traceFormats, type TraceOptions } from '../../src/traces/index.ts';

/** A request as op, device, offset, length. */
export type Row = readonly [op: number, device: number, offset: number, length: number];

export interface Parsed {
  readonly rows: readonly Row[];
  readonly ignored: Readonly<Record<string, number>>;
  readonly deviceNames: readonly string[];
}

/** Bytes of an ASCII text. */
export function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (c) => c.charCodeAt(0));
}

/** What a format's parser makes of a file, handed over in pieces of these sizes (the last one repeats); one piece without them. */
export function parsed(
  format: string,
  input: string | Uint8Array,
  options: TraceOptions = {},
  sizes: readonly number[] = [Infinity],
): Parsed {
  const bytes = typeof input === 'string' ? bytesOf(input) : input;
  const columns = new TraceColumns(options);
  const parser = formatNamed(format, traceFormats).parser({ file: 'file', columns, options });
  for (let at = 0, piece = 0; at < bytes.length; piece++) {
    const size = sizes[Math.min(piece, sizes.length - 1)]!;
    // Overwritten afterwards, as a reader that has one buffer does.
    const chunk = bytes.slice(at, at + size);
    parser.push(chunk);
    chunk.fill(0x58);
    at += size;
  }
  parser.end();
  const { requests, ops, devices, offsets, lengths, ignored, deviceNames } = columns.finish();
  const rows = Array.from({ length: requests }, (_, i): Row => {
    return [ops[i]!, devices[i]!, offsets[i]!, lengths[i]!];
  });
  return { rows, ignored, deviceNames };
}

/** The error that `run` throws, which has to be a `TraceError`. */
export function traceErrorOf(run: () => unknown): TraceError {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(TraceError);
    return error as TraceError;
  }
  throw new Error('nothing was thrown');
}

/** Expects that parsing fails at this line, with a reason that contains these words. */
export function expectMalformed(
  format: string,
  text: string,
  line: number,
  reason: string,
  options: TraceOptions = {},
): void {
  const error = traceErrorOf(() => parsed(format, text, options));
  expect({ code: error.code, line: error.line }).toEqual({ code: 'malformed', line });
  expect(error.reason).toContain(reason);
}
