import { ImageError, type MaybePromise } from '@q/block';
import { passphraseBytes } from '@q/crypt';
import type { EncryptionMethod } from './encryption.ts';

/** What a passphrase is asked for. */
export interface PassphraseRequest {
  readonly method: EncryptionMethod;
}

/** Gives the passphrase of an encrypted image: bytes, or text, which is taken as UTF-8. */
export type PassphraseSource = (request: PassphraseRequest) => MaybePromise<Uint8Array | string>;

/** The passphrase's bytes. @throws ImageError `refused` when there is nobody to ask */
export async function askPassphrase(
  source: PassphraseSource | undefined,
  method: EncryptionMethod,
): Promise<Uint8Array> {
  if (source === undefined) {
    throw new ImageError(
      'refused',
      `The image is encrypted (${method === 'luks' ? 'LUKS' : 'AES'}). Hand its passphrase over by the option 'passphrase'.`,
      { subject: 'passphrase' },
    );
  }
  return passphraseBytes(await source({ method }));
}
