/**
 * Header extensions as they lie on disk: type, length, payload, padding to 8. QCOW2 format, section "Header extensions".
 * @module
 */
import { corrupt } from './errors.ts';
import type { Writer } from './writer.ts';

/** Ends the list. */
export const EXTENSION_END = 0;
/** Backing file format name. */
export const EXTENSION_BACKING_FORMAT = 0xe2792aca;
/** Feature name table. */
export const EXTENSION_FEATURE_NAMES = 0x6803f857;
/** Bitmaps. */
export const EXTENSION_BITMAPS = 0x23852875;
/** Place of the LUKS header. */
export const EXTENSION_LUKS = 0x0537be77;
/** External data file name. */
export const EXTENSION_DATA_FILE = 0x44415441;

/** One extension, payload not looked at. */
export interface RawExtension {
  /** u32 type. */
  readonly type: number;
  /** A copy of the payload, without padding. */
  readonly data: Uint8Array;
}

/** Bytes an extension of `length` payload bytes takes: its header of 8, and padding to 8. */
export function extensionBytes(length: number): number {
  return 8 + Math.ceil(length / 8) * 8;
}

/**
 * Splits bytes `from`..`end` of the first cluster into extensions. The list ends at the end marker, or where fewer than 8 bytes
 * are left. Bytes past the end of `bytes` are zero (a file may end in its first cluster).
 *
 * @throws ImageError `corrupt` for an extension that reaches past `end`, or a type that appears twice
 */
export function parseExtensionList(bytes: Uint8Array, from: number, end: number): RawExtension[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const word = (at: number): number => (at + 4 <= bytes.length ? view.getUint32(at) : 0);
  const list: RawExtension[] = [];
  const seen = new Set<number>();
  for (let at = from; at + 8 <= end;) {
    const type = word(at);
    const length = word(at + 4);
    if (type === EXTENSION_END) break;
    const subject = `extension 0x${type.toString(16).padStart(8, '0')}`;
    if (length > end - at - 8) {
      corrupt(`Header ${subject} of ${length} bytes ends outside of its area`, {
        offset: at + 4,
        subject,
        expected: `0..${end - at - 8}`,
        found: length,
      });
    }
    if (seen.has(type)) corrupt(`Header ${subject} appears twice`, { offset: at, subject });
    seen.add(type);
    const data = new Uint8Array(length);
    data.set(bytes.subarray(at + 8, at + 8 + length));
    list.push({ type, data });
    at += extensionBytes(length);
  }
  return list;
}

/** The payload of the extension of that type, or undefined; a damaged list ends the search. */
export function findExtension(
  bytes: Uint8Array,
  from: number,
  end: number,
  type: number,
): Uint8Array | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = from; at + 8 <= end;) {
    const found = view.getUint32(at);
    const length = view.getUint32(at + 4);
    if (found === EXTENSION_END || length > end - at - 8) return undefined;
    if (found === type) return bytes.subarray(at + 8, at + 8 + length);
    at += extensionBytes(length);
  }
  return undefined;
}

/** Writes the extensions and the end marker. The bytes must have room: see {@link extensionListBytes}. */
export function writeExtensionList(out: Writer, list: readonly RawExtension[]): void {
  for (const { type, data } of list) {
    const end = out.position + extensionBytes(data.length);
    out.u32be(type);
    out.u32be(data.length);
    out.put(data);
    out.position = end;
  }
  out.u32be(EXTENSION_END);
  out.u32be(0);
}

/** Bytes of the list with its end marker. */
export function extensionListBytes(list: readonly RawExtension[]): number {
  return list.reduce((sum, { data }) => sum + extensionBytes(data.length), 8);
}
