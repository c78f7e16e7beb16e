import { quoted, TraceError } from './trace-error.ts';
import type { Place } from './columns.ts';

const SPACE = 0x20;
const TAB = 0x09;
const COMMA = 0x2c;
const DOT = 0x2e;

/**
 * The current line of a text trace, and a cursor in it. The bytes are scanned where they lie: no string is made unless the line is wrong.
 * Every method that finds something else than it is asked for throws a `TraceError` that names the line.
 */
export class Line implements Place {
  bytes: Uint8Array = new Uint8Array(0);
  /** First byte of the line. */
  start = 0;
  /** The cursor. */
  at = 0;
  /** Behind the last byte, line end excluded. */
  end = 0;
  /** From 1. */
  number = 0;

  constructor(readonly file: string) {}

  fail(reason: string): never {
    throw new TraceError('malformed', this.file, reason, {
      line: this.number,
      found: quoted(this.bytes, this.start, this.end),
    });
  }

  /** A decimal number without sign, at most 2^53 - 1. */
  uint(what: string): number {
    const { bytes, end } = this;
    const start = this.at;
    let at = start;
    let value = 0;
    while (at < end) {
      const digit = bytes[at]! - 0x30;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
      at++;
    }
    if (at === start) this.fail(`${what} is not a number`);
    if (value > Number.MAX_SAFE_INTEGER) this.fail(`${what} passes 2^53`);
    this.at = at;
    return value;
  }

  /** A hexadecimal number, at most 2^53 - 1, with or without `0x`. */
  hex(what: string): number {
    const { bytes, end } = this;
    if (bytes[this.at] === 0x30 && this.at + 1 < end && (bytes[this.at + 1]! | 0x20) === 0x78) {
      this.at += 2;
    }
    const start = this.at;
    let at = start;
    let value = 0;
    while (at < end) {
      const digit = hexDigit(bytes[at]!);
      if (digit < 0) break;
      value = value * 16 + digit;
      at++;
    }
    if (at === start) this.fail(`${what} is not a hexadecimal number`);
    if (value > Number.MAX_SAFE_INTEGER) this.fail(`${what} passes 2^53`);
    this.at = at;
    return value;
  }

  /** Passes `0x` and hexadecimal digits of any number (a pointer). */
  skipHex(what: string): void {
    const { bytes, end } = this;
    const start = this.at + 2;
    let at = start;
    while (at < end && hexDigit(bytes[at]!) >= 0) at++;
    if (at === start || bytes[start - 2] !== 0x30 || bytes[start - 1] !== 0x78) {
      this.fail(`${what} is not a hexadecimal number with 0x`);
    }
    this.at = at;
  }

  /** Passes a decimal number that may have a fraction and any size (a time stamp). */
  decimal(what: string): void {
    const { bytes, end } = this;
    const start = this.at;
    let at = start;
    while (at < end && isDigit(bytes[at]!)) at++;
    if (at > start && at < end && bytes[at] === DOT) {
      const fraction = ++at;
      while (at < end && isDigit(bytes[at]!)) at++;
      if (at === fraction) this.fail(`${what} is not a number`);
    }
    if (at === start) this.fail(`${what} is not a number`);
    this.at = at;
  }

  /** The column of the cursor, from 1. */
  get column(): number {
    return this.at - this.start + 1;
  }

  /** Passes exactly one comma; `after` names the field before it. */
  comma(after: string): void {
    if (this.at >= this.end || this.bytes[this.at] !== COMMA) {
      this.fail(`a comma is missing after ${after}`);
    }
    this.at++;
  }

  /** Passes one or more blanks; `after` names the field before them. */
  blanks(after: string): void {
    const before = this.at;
    this.skipBlanks();
    if (this.at === before) this.fail(`a blank is missing after ${after}`);
  }

  /** Passes blanks, if there are any. */
  skipBlanks(): void {
    const { bytes, end } = this;
    let at = this.at;
    while (at < end && (bytes[at] === SPACE || bytes[at] === TAB)) at++;
    this.at = at;
  }

  /** Passes bytes up to the next blank or the end; returns how many. */
  skipWord(): number {
    const { bytes, end } = this;
    const start = this.at;
    let at = start;
    while (at < end && bytes[at] !== SPACE && bytes[at] !== TAB) at++;
    this.at = at;
    return at - start;
  }

  /** Passes bytes up to the next comma or the end; returns how many. */
  skipField(): number {
    const { bytes, end } = this;
    const start = this.at;
    let at = start;
    while (at < end && bytes[at] !== COMMA) at++;
    this.at = at;
    return at - start;
  }

  /** The byte at the cursor, or -1 at the end of the line. */
  peek(): number {
    return this.at < this.end ? this.bytes[this.at]! : -1;
  }

  /** Passes these bytes if they stand at the cursor. */
  take(word: Uint8Array): boolean {
    if (!this.startsWith(word, this.at)) return false;
    this.at += word.length;
    return true;
  }

  /** Whether these bytes stand at `at`. */
  startsWith(word: Uint8Array, at: number): boolean {
    if (at + word.length > this.end) return false;
    for (let i = 0; i < word.length; i++) if (this.bytes[at + i] !== word[i]) return false;
    return true;
  }

  /** Nothing but blanks may follow. */
  done(after: string): void {
    this.skipBlanks();
    if (this.at !== this.end) this.fail(`more than was expected after ${after}`);
  }

  /** The line, or a part of it, as a string; for the rare lines. */
  text(start = this.start, end = this.end): string {
    let text = '';
    for (let i = start; i < end; i++) text += String.fromCharCode(this.bytes[i]!);
    return text;
  }
}

const HEX_DIGITS = new Int8Array(256).fill(-1);
for (let value = 0; value < 16; value++) {
  const digit = value.toString(16);
  HEX_DIGITS[digit.charCodeAt(0)] = value;
  HEX_DIGITS[digit.toUpperCase().charCodeAt(0)] = value;
}

/** The value of an ASCII hexadecimal digit, or -1. */
export function hexDigit(byte: number): number {
  return HEX_DIGITS[byte]!;
}

/** Whether a byte is an ASCII decimal digit. */
export function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

/** The bytes of an ASCII word, for {@link Line.take}. */
export function ascii(word: string): Uint8Array {
  return Uint8Array.from(word, (c) => c.charCodeAt(0));
}
