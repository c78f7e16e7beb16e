import { quoted, TraceError } from './trace-error.ts';
import type { Place } from './columns.ts';
import type { ParserContext, TraceParser } from './format.ts';

/** The current record of a binary trace. */
export class BinaryRecord implements Place {
  view: DataView = new DataView(new ArrayBuffer(0));
  /** First byte of the record in `view`. */
  at = 0;
  /** From 0. */
  number = 0;

  constructor(
    readonly file: string,
    readonly size: number,
  ) {}

  fail(reason: string): never {
    const bytes = new Uint8Array(this.view.buffer, this.view.byteOffset + this.at, this.size);
    throw new TraceError('malformed', this.file, reason, {
      record: this.number,
      offset: this.number * this.size,
      found: quoted(bytes, 0, this.size),
    });
  }

  u16(offset: number): number {
    return this.view.getUint16(this.at + offset, true);
  }

  u32(offset: number): number {
    return this.view.getUint32(this.at + offset, true);
  }

  /** A little-endian unsigned 64-bit number that must be a safe integer. */
  u64(offset: number, what: string): number {
    const high = this.u32(offset + 4);
    if (high >= 2 ** 21) this.fail(`${what} passes 2^53`);
    return high * 2 ** 32 + this.u32(offset);
  }
}

/** A parser that is called once a record of `size` bytes; only a record that crosses the border of two pieces is copied. */
export function recordParser(
  context: ParserContext,
  size: number,
  parseRecord: (record: BinaryRecord) => void,
): TraceParser {
  const record = new BinaryRecord(context.file, size);
  const carry = new Uint8Array(size);
  let carried = 0;

  function run(bytes: Uint8Array, start: number, end: number): void {
    record.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let at = start; at < end; at += size) {
      record.at = at;
      parseRecord(record);
      record.number++;
    }
  }

  return {
    push(chunk): void {
      let start = 0;
      if (carried > 0) {
        start = Math.min(size - carried, chunk.length);
        carry.set(chunk.subarray(0, start), carried);
        carried += start;
        if (carried < size) return;
        carried = 0;
        run(carry, 0, size);
      }
      const whole = start + Math.floor((chunk.length - start) / size) * size;
      run(chunk, start, whole);
      carry.set(chunk.subarray(whole));
      carried = chunk.length - whole;
    },
    end(): void {
      if (carried === 0) return;
      throw new TraceError('truncated', context.file, `${carried} of ${size} bytes of a record`, {
        record: record.number,
        offset: record.number * size,
        found: quoted(carry, 0, carried),
      });
    },
  };
}
