/**
 * What is wrong with a trace.
 *
 * - `malformed`: a line or record breaks the rules of the format
 * - `truncated`: the file ends inside a record or a compressed stream
 * - `unknown-format`: no format was given and none can be told for certain
 * - `no-requests`: a whole file without one request
 * - `io`: the host could not read the file; `cause` has its error
 */
export type TraceErrorCode = 'malformed' | 'truncated' | 'unknown-format' | 'no-requests' | 'io';

/** Where it is wrong. */
export interface TraceErrorDetails {
  /** Line of a text trace, from 1. */
  readonly line?: number | undefined;
  /** Record of a binary trace, from 0. */
  readonly record?: number | undefined;
  /** Byte offset of that record in the uncompressed file. */
  readonly offset?: number | undefined;
  /** What stands there, escaped and cut. */
  readonly found?: string | undefined;
  readonly cause?: unknown;
}

/** A trace that cannot be read: the message names file, line or record, reason, and what stands there. */
export class TraceError extends Error {
  override readonly name = 'TraceError';
  readonly code: TraceErrorCode;
  readonly file: string;
  readonly reason: string;
  readonly line: number | undefined;
  readonly record: number | undefined;
  readonly offset: number | undefined;
  readonly found: string | undefined;

  constructor(code: TraceErrorCode, file: string, reason: string, details: TraceErrorDetails = {}) {
    const { line, record, offset, found } = details;
    const place =
      line === undefined
        ? record === undefined
          ? ''
          : `, record ${record} (byte ${offset})`
        : `, line ${line}`;
    super(
      `${file}${place}: ${reason}${found === undefined ? '' : `: ${found}`}`,
      details.cause === undefined ? undefined : { cause: details.cause },
    );
    this.code = code;
    this.file = file;
    this.reason = reason;
    this.line = line;
    this.record = record;
    this.offset = offset;
    this.found = found;
  }
}

const SHOWN = 80;

/** Bytes as quoted ASCII for an error message: control and high bytes as \xNN, cut after 80 bytes. */
export function quoted(bytes: Uint8Array, start: number, end: number): string {
  let text = '';
  const stop = Math.min(end, start + SHOWN);
  for (let i = start; i < stop; i++) {
    const byte = bytes[i]!;
    if (byte === 0x22 || byte === 0x5c) text += `\\${String.fromCharCode(byte)}`;
    else if (byte >= 0x20 && byte < 0x7f) text += String.fromCharCode(byte);
    else text += `\\x${byte.toString(16).padStart(2, '0')}`;
  }
  return `"${text}"${stop < end ? `... (${end - start} bytes)` : ''}`;
}
