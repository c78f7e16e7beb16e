import { ImageError } from '@q/block';
import { HASH_BYTES, SECTOR_IVS, type HashName, type SectorCipherSpec } from '@q/crypt';
import type { LuksHeader } from '@q/format/luks';

/** What a LUKS header says of its cryptography. */
export interface LuksCipher {
  readonly spec: SectorCipherSpec;
  readonly hash: HashName;
}

const KEY_BYTES = { xts: [32, 64], cbc: [16, 24, 32] } as const;

/** The cipher of a header. @throws ImageError `unsupported` that names what is not handled here */
export function luksCipherOf(
  header: Pick<LuksHeader, 'cipherName' | 'cipherMode' | 'hashSpec' | 'keyBytes'>,
): LuksCipher {
  const { cipherName, cipherMode, hashSpec, keyBytes } = header;
  const [mode, ...rest] = cipherMode.split('-');
  const iv = SECTOR_IVS.find((kind) => kind === rest.join('-'));
  if (cipherName !== 'aes' || (mode !== 'xts' && mode !== 'cbc') || iv === undefined) {
    return unsupported('cipher', `${cipherName}-${cipherMode}`, 'AES in the modes xts and cbc');
  }
  if (!KEY_BYTES[mode].some((length) => length === keyBytes)) {
    return unsupported('key-bytes', `${cipherName}-${cipherMode}, ${keyBytes} bytes`, 'AES keys');
  }
  if (!Object.hasOwn(HASH_BYTES, hashSpec)) {
    return unsupported('hash-spec', hashSpec, Object.keys(HASH_BYTES).join(', '));
  }
  return { spec: { mode, iv }, hash: hashSpec as HashName };
}

function unsupported(subject: string, found: string, expected: string): never {
  throw new ImageError(
    'unsupported',
    `The image is encrypted with ${JSON.stringify(found)}, which is not supported. Convert it with the program that wrote it, to AES.`,
    { subject, expected, found },
  );
}
