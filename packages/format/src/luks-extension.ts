import type { HostOffset } from './addresses.ts';
import { Cursor } from './cursor.ts';
import { checkLimit, corrupt, toSafe } from './errors.ts';
import type { HeaderRules } from './header-rules.ts';
import { withDefaultLimits } from './limits.ts';
import { Writer } from './writer.ts';

/** Where the LUKS header is. QCOW2 format, section "Full disk encryption header pointer". */
export interface LuksExtension {
  readonly kind: 'luks';
  /** Cluster aligned. */
  readonly offset: HostOffset;
  /** Bytes of the header with its key material; the clusters it fills are refcounted. */
  readonly length: number;
}

const BYTES = 16;

/** Parses the payload. `at`: where it stands in the image, for errors. */
export function parseLuksExtension(payload: Uint8Array, at = 0): LuksExtension {
  if (payload.length !== BYTES) {
    corrupt(`The LUKS extension has ${payload.length} bytes, it has ${BYTES}`, {
      offset: at,
      subject: 'LUKS extension',
      expected: BYTES,
      found: payload.length,
    });
  }
  const cursor = new Cursor(payload, 'LUKS extension', at);
  const offset = toSafe(cursor.u64be(), 'LUKS header offset', at);
  const length = toSafe(cursor.u64be(), 'LUKS header length', at + 8);
  return { kind: 'luks', offset, length };
}

/** Throws what is wrong with the extension, or returns. */
export function validateLuksExtension(
  luks: LuksExtension,
  clusterSize: number,
  rules: HeaderRules = {},
): void {
  const { offset, length } = luks;
  const limit = withDefaultLimits(rules.limits).luksHeaderBytes;
  checkLimit(length, limit, 'The LUKS header', 'luksHeaderBytes');
  const end = rules.fileSize === undefined ? 2 ** 53 : rules.fileSize;
  if (offset === 0 || offset % clusterSize !== 0 || offset >= end) {
    corrupt(`The LUKS header at ${offset} is not a cluster of the image`, {
      subject: 'LUKS extension',
      expected: `a multiple of ${clusterSize} below ${end}`,
      found: offset,
    });
  }
}

/** The payload that {@link parseLuksExtension} reads. */
export function serializeLuksExtension(luks: LuksExtension): Uint8Array {
  const out = new Writer(new Uint8Array(BYTES));
  out.u64be(luks.offset);
  out.u64be(luks.length);
  return out.bytes;
}
