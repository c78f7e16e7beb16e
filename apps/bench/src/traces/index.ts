/**
 * Block traces of many formats as columns of numbers, and the table keys that their requests touch.
 *
 * `const trace = await readTrace('disk.vscsi.gz'); const keys = keysOf(trace, spanOf('l2slice4k'));`
 * @module
 */
export { keysOf } from './keys.ts';
export { readTrace } from './read-trace.ts';
export { spanOf, spans } from './spans.ts';
export { traceFormats } from './formats/index.ts';
export { TraceError } from './trace-error.ts';
export { OP_DISCARD, OP_READ, OP_WRITE, OP_ZERO } from './trace.ts';
export type { TraceErrorCode, TraceErrorDetails } from './trace-error.ts';
export type { TraceFormat } from './format.ts';
export type { Trace, TraceOptions } from './trace.ts';
