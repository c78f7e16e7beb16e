import type { HostOffset } from './addresses.ts';
import { Cursor } from './cursor.ts';
import { checkLimit, corrupt, toSafe } from './errors.ts';
import { FORMAT_LIMITS_DEFAULTS, type FormatLimits } from './limits.ts';
import { Writer } from './writer.ts';

/** Where the bitmap directory is. QCOW2 format, section "Bitmaps extension". To be believed when `AUTOCLEAR_BITMAPS` is set. */
export interface BitmapsExtension {
  readonly kind: 'bitmaps';
  /** Bitmaps in the directory, at least 1. */
  readonly count: number;
  /** Bytes of the directory. */
  readonly directorySize: number;
  /** Cluster aligned. */
  readonly directoryOffset: HostOffset;
}

const BYTES = 24;

/** Parses the payload. `at`: where it stands in the image, for errors. */
export function parseBitmapsExtension(payload: Uint8Array, at = 0): BitmapsExtension {
  if (payload.length !== BYTES) {
    corrupt(`The bitmaps extension has ${payload.length} bytes, it has ${BYTES}`, {
      offset: at,
      subject: 'bitmaps extension',
      expected: BYTES,
      found: payload.length,
    });
  }
  const cursor = new Cursor(payload, 'bitmaps extension', at);
  const count = cursor.u32be();
  cursor.skip(4); // reserved
  const directorySize = toSafe(cursor.u64be(), 'bitmap directory size', at + 8);
  const directoryOffset = toSafe(cursor.u64be(), 'bitmap directory offset', at + 16);
  return { kind: 'bitmaps', count, directorySize, directoryOffset };
}

/** Throws what is wrong with the extension, or returns. For images with `AUTOCLEAR_BITMAPS`; in others it may be stale. */
export function validateBitmapsExtension(
  bitmaps: BitmapsExtension,
  clusterSize: number,
  limits: FormatLimits = FORMAT_LIMITS_DEFAULTS,
): void {
  const { count, directorySize, directoryOffset } = bitmaps;
  checkLimit(count, limits.bitmaps, 'The number of bitmaps', 'bitmaps');
  checkLimit(
    directorySize,
    limits.bitmapDirectoryBytes,
    'The bitmap directory',
    'bitmapDirectoryBytes',
  );
  // An entry has 24 bytes and a name.
  if (count === 0 || directorySize < count * 32) {
    corrupt(`A bitmap directory of ${directorySize} bytes cannot hold ${count} bitmaps`, {
      subject: 'bitmaps extension',
      found: directorySize,
    });
  }
  if (directoryOffset === 0 || directoryOffset % clusterSize !== 0) {
    corrupt(`The bitmap directory at ${directoryOffset} is not cluster aligned`, {
      subject: 'bitmaps extension',
      found: directoryOffset,
    });
  }
}

/** The payload that {@link parseBitmapsExtension} reads. */
export function serializeBitmapsExtension(bitmaps: BitmapsExtension): Uint8Array {
  const out = new Writer(new Uint8Array(BYTES));
  out.u32be(bitmaps.count);
  out.u32be(0);
  out.u64be(bitmaps.directorySize);
  out.u64be(bitmaps.directoryOffset);
  return out.bytes;
}
