/** The codes in {@link Trace.ops}. */
export const OP_READ = 0;
/** A write of data. */
export const OP_WRITE = 1;
/** A discard (trim, unmap): moves no data. */
export const OP_DISCARD = 2;
/** A write of zeroes that moves no data. */
export const OP_ZERO = 3;

/**
 * A parsed block trace: one entry of each column for a request, in the order of the file. Requests without an address (flush, sync)
 * and events that are not requests are not in the columns; {@link Trace.ignored} counts them.
 */
export interface Trace {
  /** The file's name without its folders. */
  readonly name: string;
  /** The name of the format it was read as, see `traceFormats`. */
  readonly format: string;
  /**
   * What an offset is: a byte address in `blocks` traces; in `objects` traces (oracleGeneral) the id of an object, which has no address,
   * so that a key is the id whatever the span.
   */
  readonly kind: 'blocks' | 'objects';
  /** How many requests; the length of every column. */
  readonly requests: number;
  /** {@link OP_READ}, {@link OP_WRITE}, {@link OP_DISCARD} or {@link OP_ZERO}. */
  readonly ops: Uint8Array;
  /** The device of each request, below 2^21. The file's own number where devices are numbers, else the order of first appearance. */
  readonly devices: Uint32Array;
  /** First byte on the device, a safe integer. */
  readonly offsets: Float64Array;
  /** Bytes, at least 1; offset + length is a safe integer. */
  readonly lengths: Float64Array;
  /** How many different devices have requests. */
  readonly deviceCount: number;
  /** The name of device i, in formats that name devices (`8,16`, `prxy,0`, a file); empty in those that number them. */
  readonly deviceNames: readonly string[];
  /** The largest offset + length of any device: bytes of address space. 0 in an `objects` trace. */
  readonly span: number;
  /** SHA-256 of the uncompressed bytes, in lower-case hex. */
  readonly sha256: string;
  /** What of the file is not in the columns, counted by reason. */
  readonly ignored: Readonly<Record<string, number>>;
}

/** What a parser may be told. */
export interface TraceOptions {
  /** A name of `traceFormats`; without it the format is told from the file's name and first bytes where these are unambiguous. */
  readonly format?: string | undefined;
  /** blkparse: the one action that counts as a request, `D` (issued to the device) by default; `Q` is before merging, `C` completion. */
  readonly action?: string | undefined;
  /** QEMU events: the one layer whose events count, `blk` (guest requests) by default. */
  readonly layer?: string | undefined;
  /** Only this device: its name, or its number in decimal. Requests of the others are counted in `ignored`. */
  readonly device?: string | undefined;
  /** Told from time to time how many bytes of the file (compressed, if it is) have been read, of how many. */
  readonly onProgress?: ((bytesRead: number, totalBytes: number) => void) | undefined;
}
