import { ImageError, readPadded, type BlockDevice } from '@q/block';
import { pbkdf2, sectorCipher } from '@q/crypt';
import type { FormatLimits, LuksExtension } from '@q/format';
import { LUKS_HEADER_BYTES, parseLuksHeader, type LuksHeader } from '@q/format/luks';
import { Encryption } from './encryption.ts';
import { luksCipherOf, type LuksCipher } from './luks-cipher.ts';
import { openSlot } from './luks-slot.ts';

/**
 * Reads the LUKS header of an image; that takes no passphrase.
 * @throws ImageError `corrupt`, `unsupported` (LUKS2), `limit`
 */
export async function readLuksHeader(
  file: BlockDevice,
  { offset, length }: LuksExtension,
  limits: Partial<FormatLimits> = {},
): Promise<LuksHeader> {
  const bytes = new Uint8Array(Math.min(LUKS_HEADER_BYTES, length));
  await readPadded(file, bytes, offset);
  return parseLuksHeader(bytes, { areaBytes: length, limits }, offset);
}

/** Tries a passphrase with every active key slot. @throws ImageError `refused` when none opens */
export async function unlockLuks(
  file: BlockDevice,
  at: number,
  header: LuksHeader,
  secret: Uint8Array,
): Promise<Encryption> {
  const cipher = luksCipherOf(header);
  for (const slot of header.slots) {
    if (!slot.active) continue;
    const key = await openSlot(file, at, header, slot, cipher, secret);
    if (!(await isMasterKey(key, header, cipher))) continue;
    return new Encryption('luks', await sectorCipher(cipher.spec, key));
  }
  throw new ImageError(
    'refused',
    'The passphrase opens no key slot of the image. Check it, and the encoding of characters beyond ASCII.',
    { subject: 'passphrase' },
  );
}

/** Whether a key has the digest that the header keeps of the master key. */
async function isMasterKey(
  key: Uint8Array,
  { digest, digestSalt, digestIterations }: LuksHeader,
  { hash }: LuksCipher,
): Promise<boolean> {
  const found = await pbkdf2(key, {
    hash,
    salt: digestSalt,
    iterations: digestIterations,
    keyBytes: digest.length,
  });
  return found.every((byte, i) => byte === digest[i]);
}
