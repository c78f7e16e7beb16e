import type { Cursor } from '../cursor.ts';
import { corrupt } from '../errors.ts';
import type { Writer } from '../writer.ts';

/** Key slots of a header. */
export const LUKS_SLOTS = 8;
/** Bytes of a salt. */
export const LUKS_SALT_BYTES = 32;
/** Bytes of the digest that tells whether a master key is the right one. */
export const LUKS_DIGEST_BYTES = 20;
/** Stripes that a key is spread over. The format lets each slot have its own number; nobody writes another one. */
export const LUKS_STRIPES = 4000;
/** Bytes of a slot in the header. */
export const KEY_SLOT_BYTES = 48;

const ACTIVE = 0x00ac71f3;
const DISABLED = 0x0000dead;

/** A key slot: how a passphrase becomes a key, and where the master key lies, encrypted with that. */
export interface LuksKeySlot {
  readonly active: boolean;
  /** Iterations of PBKDF2. */
  readonly iterations: number;
  /** 32 bytes. */
  readonly salt: Uint8Array;
  /** Where the key material begins, sectors of 512 bytes from the start of the header. */
  readonly materialOffset: number;
  readonly stripes: number;
}

/** Reads the slot at the cursor. */
export function parseKeySlot(cursor: Cursor): LuksKeySlot {
  const { offset } = cursor;
  const state = cursor.u32be();
  if (state !== ACTIVE && state !== DISABLED) {
    corrupt('A key slot of the LUKS header is neither active nor disabled', {
      offset,
      subject: 'key slot',
      expected: `${ACTIVE} or ${DISABLED}`,
      found: state,
    });
  }
  return {
    active: state === ACTIVE,
    iterations: cursor.u32be(),
    salt: cursor.bytes(LUKS_SALT_BYTES),
    materialOffset: cursor.u32be(),
    stripes: cursor.u32be(),
  };
}

/** Writes what {@link parseKeySlot} reads. */
export function serializeKeySlot(slot: LuksKeySlot, out: Writer): void {
  out.u32be(slot.active ? ACTIVE : DISABLED);
  out.u32be(slot.iterations);
  out.put(slot.salt);
  out.u32be(slot.materialOffset);
  out.u32be(slot.stripes);
}
