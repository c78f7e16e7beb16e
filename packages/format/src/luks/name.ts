import type { Cursor } from '../cursor.ts';
import { corrupt } from '../errors.ts';
import type { Writer } from '../writer.ts';

// A name fills a field of fixed length and ends with a NUL; what follows that is ignored.
const PRINTABLE = /^[\x20-\x7e]*$/;

/** The name in the next `length` bytes: printable ASCII, or `corrupt`. */
export function readName(cursor: Cursor, length: number, subject: string): string {
  const { offset } = cursor;
  const raw = cursor.bytes(length);
  const end = raw.indexOf(0);
  const name = String.fromCharCode(...raw.subarray(0, Math.max(end, 0)));
  if (end < 0 || !PRINTABLE.test(name)) {
    corrupt(`${subject} of the LUKS header is not text that ends with a NUL`, { offset, subject });
  }
  return name;
}

/** Writes what {@link readName} reads. @throws RangeError when the name does not fit */
export function writeName(out: Writer, name: string, length: number): void {
  if (name.length >= length || !PRINTABLE.test(name)) {
    throw new RangeError(
      `${JSON.stringify(name)} is not printable ASCII of less than ${length} bytes`,
    );
  }
  const bytes = new Uint8Array(length);
  for (let i = 0; i < name.length; i++) bytes[i] = name.charCodeAt(i);
  out.put(bytes);
}
