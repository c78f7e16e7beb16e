/**
 * The LUKS1 header: 592 bytes at the start of an area that also holds the key material. LUKS1 On-Disk Format Specification 1.2.3, figures 1 and 2.
 * @module
 */
import { Cursor } from '../cursor.ts';
import { checkLimit, corrupt, unsupported } from '../errors.ts';
import { withDefaultLimits, type FormatLimits } from '../limits.ts';
import { Writer } from '../writer.ts';
import {
  KEY_SLOT_BYTES,
  LUKS_DIGEST_BYTES,
  LUKS_SALT_BYTES,
  LUKS_SLOTS,
  LUKS_STRIPES,
  parseKeySlot,
  serializeKeySlot,
  type LuksKeySlot,
} from './key-slot.ts';
import { luksMaterialBytes } from './layout.ts';
import { readName, writeName } from './name.ts';

/** `LUKS`, 0xba 0xbe. */
const MAGIC = [0x4c, 0x55, 0x4b, 0x53, 0xba, 0xbe];
const NAME_BYTES = 32;
const UUID_BYTES = 40;
const SLOTS_OFFSET = 208;
const SECTOR = 512;

/** Bytes of the header. */
export const LUKS_HEADER_BYTES: number = SLOTS_OFFSET + LUKS_SLOTS * KEY_SLOT_BYTES;

/** A LUKS1 header. */
export interface LuksHeader {
  /** The block cipher: `aes`, `serpent`, `twofish`, ... At most 31 bytes of printable ASCII, as the next two. */
  readonly cipherName: string;
  /** Its mode and IV: `xts-plain64`, `cbc-essiv:sha256`, ... */
  readonly cipherMode: string;
  /** The hash of key derivation and of the anti-forensic splitter: `sha256`, ... */
  readonly hashSpec: string;
  /** Where encrypted data begins, sectors from the header. Means nothing inside of a QCOW2 image. */
  readonly payloadOffset: number;
  /** Bytes of the master key. */
  readonly keyBytes: number;
  /** PBKDF2 of the master key: 20 bytes. */
  readonly digest: Uint8Array;
  /** 32 bytes. */
  readonly digestSalt: Uint8Array;
  readonly digestIterations: number;
  /** 36 characters. */
  readonly uuid: string;
  /** Eight. */
  readonly slots: readonly LuksKeySlot[];
}

/** What a header is held against. */
export interface LuksRules {
  readonly limits?: Partial<FormatLimits>;
  /** Bytes of the area that holds header and key material. */
  readonly areaBytes: number;
}

/**
 * Parses and validates a header.
 *
 * @param bytes the start of the area: at least {@link LUKS_HEADER_BYTES}
 * @param at offset of the area in the image, for errors
 * @throws ImageError `corrupt`; `unsupported` for LUKS2; `limit` for an iteration count that would take too long
 */
export function parseLuksHeader(bytes: Uint8Array, rules: LuksRules, at = 0): LuksHeader {
  if (MAGIC.some((byte, i) => bytes[i] !== byte)) {
    corrupt('The LUKS header does not begin as one', { offset: at, subject: 'LUKS header' });
  }
  const cursor = new Cursor(bytes, 'LUKS header', at, MAGIC.length);
  const version = cursor.u16be();
  if (version !== 1) {
    unsupported(`The LUKS header has version ${version}, and only version 1 is read`, {
      offset: at + MAGIC.length,
      subject: 'LUKS version',
      expected: 1,
      found: version,
    });
  }
  const header: LuksHeader = {
    cipherName: readName(cursor, NAME_BYTES, 'cipher-name'),
    cipherMode: readName(cursor, NAME_BYTES, 'cipher-mode'),
    hashSpec: readName(cursor, NAME_BYTES, 'hash-spec'),
    payloadOffset: cursor.u32be(),
    keyBytes: cursor.u32be(),
    digest: cursor.bytes(LUKS_DIGEST_BYTES),
    digestSalt: cursor.bytes(LUKS_SALT_BYTES),
    digestIterations: cursor.u32be(),
    uuid: readName(cursor, UUID_BYTES, 'uuid'),
    slots: Array.from({ length: LUKS_SLOTS }, () => parseKeySlot(cursor)),
  };
  validateLuksHeader(header, rules, at);
  return header;
}

/** Throws what is wrong with a header, or returns. `at`: where it stands in the image, for errors. */
export function validateLuksHeader(header: LuksHeader, rules: LuksRules, at = 0): void {
  const { luksIterations } = withDefaultLimits(rules.limits);
  const { keyBytes, slots } = header;
  // More than any cipher takes; keeps what follows small.
  if (keyBytes < 1 || keyBytes > 1024) {
    corrupt(`The master key of the LUKS header has ${keyBytes} bytes`, {
      offset: at + 108,
      subject: 'key-bytes',
      expected: '1..1024',
      found: keyBytes,
    });
  }
  checkIterations(header.digestIterations, luksIterations, at + 164);
  for (const [i, slot] of slots.entries()) {
    const offset = at + SLOTS_OFFSET + i * KEY_SLOT_BYTES;
    checkSlot(slot, keyBytes, rules.areaBytes, offset);
    if (slot.active) checkIterations(slot.iterations, luksIterations, offset + 4);
  }
  checkOverlaps(slots, keyBytes, at);
}

function checkIterations(found: number, limit: number, offset: number): void {
  if (found === 0) corrupt('The LUKS header has an iteration count of 0', { offset, found });
  checkLimit(found, limit, 'An iteration count of the LUKS header', 'luksIterations', offset);
}

function checkSlot(slot: LuksKeySlot, keyBytes: number, areaBytes: number, offset: number): void {
  const { stripes, materialOffset } = slot;
  if (stripes !== LUKS_STRIPES) {
    corrupt(`A key slot of the LUKS header has ${stripes} stripes`, {
      offset: offset + 44,
      subject: 'stripes',
      expected: LUKS_STRIPES,
      found: stripes,
    });
  }
  const from = materialOffset * SECTOR;
  const latest = areaBytes - luksMaterialBytes(keyBytes);
  if (from >= LUKS_HEADER_BYTES && from <= latest) return;
  corrupt('The key material of a key slot lies outside of the LUKS header area', {
    offset: offset + 40,
    subject: 'key-material-offset',
    expected: `sector ${Math.ceil(LUKS_HEADER_BYTES / SECTOR)} to ${Math.floor(latest / SECTOR)}`,
    found: materialOffset,
  });
}

function checkOverlaps(slots: readonly LuksKeySlot[], keyBytes: number, at: number): void {
  const starts = slots.map(({ materialOffset }) => materialOffset * SECTOR).sort((a, b) => a - b);
  for (let i = 1; i < starts.length; i++) {
    if (starts[i]! - starts[i - 1]! >= luksMaterialBytes(keyBytes)) continue;
    corrupt('The key material of two key slots of the LUKS header overlaps', {
      offset: at + SLOTS_OFFSET,
      subject: 'key-material-offset',
      found: starts[i]! / SECTOR,
    });
  }
}

/**
 * The bytes of a header.
 * @throws ImageError as {@link parseLuksHeader}: what it would refuse to read is not written; RangeError for a name or salt of the wrong length
 */
export function serializeLuksHeader(header: LuksHeader, rules: LuksRules): Uint8Array {
  validateLuksHeader(header, rules);
  if (header.digest.length !== LUKS_DIGEST_BYTES || header.slots.length !== LUKS_SLOTS) {
    throw new RangeError(
      `a LUKS header has ${LUKS_SLOTS} slots and ${LUKS_DIGEST_BYTES} bytes of digest`,
    );
  }
  for (const salt of [header.digestSalt, ...header.slots.map((slot) => slot.salt)]) {
    if (salt.length !== LUKS_SALT_BYTES) {
      throw new RangeError(`a salt has ${LUKS_SALT_BYTES} bytes, not ${salt.length}`);
    }
  }
  const out = new Writer(new Uint8Array(LUKS_HEADER_BYTES));
  out.put(Uint8Array.from(MAGIC));
  out.u16be(1);
  writeName(out, header.cipherName, NAME_BYTES);
  writeName(out, header.cipherMode, NAME_BYTES);
  writeName(out, header.hashSpec, NAME_BYTES);
  out.u32be(header.payloadOffset);
  out.u32be(header.keyBytes);
  out.put(header.digest);
  out.put(header.digestSalt);
  out.u32be(header.digestIterations);
  writeName(out, header.uuid, UUID_BYTES);
  for (const slot of header.slots) serializeKeySlot(slot, out);
  return out.bytes;
}
