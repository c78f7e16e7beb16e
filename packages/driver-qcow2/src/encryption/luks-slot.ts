// A key slot: the master key, spread over stripes, encrypted with a key that is made of a passphrase. LUKS1 On-Disk Format Specification, section 4.
import { readPadded, ImageError, type BlockDevice } from '@q/block';
import { mergeKey, pbkdf2, SECTOR_BYTES, sectorCipher, splitKey } from '@q/crypt';
import { luksMaterialBytes, type LuksHeader, type LuksKeySlot } from '@q/format/luks';
import type { LuksCipher } from './luks-cipher.ts';

/** The master key that `secret` gets out of a slot of the header at `at`: the right one when `secret` is. */
export async function openSlot(
  file: BlockDevice,
  at: number,
  { keyBytes }: LuksHeader,
  slot: LuksKeySlot,
  { spec, hash }: LuksCipher,
  secret: Uint8Array,
): Promise<Uint8Array> {
  const { stripes, salt, iterations } = slot;
  const length = luksMaterialBytes(keyBytes, stripes);
  const offset = at + slot.materialOffset * SECTOR_BYTES;
  if (offset + length > file.size) {
    throw new ImageError(
      'corrupt',
      'The file ends before the key material of its LUKS header does. Restore the image from a copy.',
      { offset, subject: 'LUKS key material', expected: offset + length, found: file.size },
    );
  }
  const material = new Uint8Array(wholeSectors(length));
  await readPadded(file, material, offset);
  const key = await pbkdf2(secret, { hash, salt, iterations, keyBytes });
  (await sectorCipher(spec, key)).decrypt(material, 0);
  return await mergeKey(material.subarray(0, length), { hash, stripes });
}

/** The key material of a slot that `secret` opens: the reverse of {@link openSlot}. */
export async function sealSlot(
  masterKey: Uint8Array,
  { stripes, salt, iterations }: LuksKeySlot,
  { spec, hash }: LuksCipher,
  secret: Uint8Array,
): Promise<Uint8Array> {
  const split = await splitKey(masterKey, { hash, stripes });
  const material = new Uint8Array(wholeSectors(split.length));
  material.set(split);
  const key = await pbkdf2(secret, { hash, salt, iterations, keyBytes: masterKey.length });
  (await sectorCipher(spec, key)).encrypt(material, 0);
  return material;
}

function wholeSectors(bytes: number): number {
  return Math.ceil(bytes / SECTOR_BYTES) * SECTOR_BYTES;
}
