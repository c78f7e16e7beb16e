import { corrupt } from './errors.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Reads big-endian integers from bytes, one after the other; past the end it throws `corrupt`, never reads. */
export class Cursor {
  /** Next byte to read, counted from the start of the bytes. */
  position: number;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #what: string;
  readonly #base: number;

  /**
   * @param bytes what to read
   * @param what name of the structure, for errors
   * @param base offset of `bytes[0]` in the image, bytes, for errors
   */
  constructor(bytes: Uint8Array, what: string, base = 0, position = 0) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#what = what;
    this.#base = base;
    this.position = position;
  }

  /** Offset in the image of the next byte to read. */
  get offset(): number {
    return this.#base + this.position;
  }

  /** Bytes left. */
  get remaining(): number {
    return this.#bytes.length - this.position;
  }

  u8(): number {
    return this.#view.getUint8(this.#advance(1));
  }

  u16be(): number {
    return this.#view.getUint16(this.#advance(2));
  }

  u32be(): number {
    return this.#view.getUint32(this.#advance(4));
  }

  u64be(): bigint {
    return this.#view.getBigUint64(this.#advance(8));
  }

  /** A copy of the next `length` bytes. */
  bytes(length: number): Uint8Array {
    const from = this.#advance(length);
    return this.#bytes.slice(from, from + length);
  }

  /** The next `length` bytes as UTF-8 text; `corrupt` when they are none, or hold a NUL. `subject` names the field. */
  text(length: number, subject: string): string {
    const offset = this.offset;
    const raw = this.bytes(length);
    try {
      if (!raw.includes(0)) return utf8.decode(raw);
    } catch {
      // not UTF-8: reported below
    }
    return corrupt(`${subject} is not UTF-8 text without NUL`, { offset, subject });
  }

  skip(length: number): void {
    this.#advance(length);
  }

  #advance(length: number): number {
    const from = this.position;
    if (length > this.#bytes.length - from) {
      corrupt(
        `${this.#what} ends after ${this.#bytes.length} bytes, ${length} more are needed at ${from}`,
        {
          offset: this.offset,
          expected: from + length,
          found: this.#bytes.length,
          subject: this.#what,
        },
      );
    }
    this.position = from + length;
    return from;
  }
}
