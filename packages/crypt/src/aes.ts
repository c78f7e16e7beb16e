import { ecb } from '@noble/ciphers/aes.js';
import { checkAesKey, type BlockCipher } from './block-cipher.ts';

// WebCrypto has no ECB and no XTS, pads what it does have, and takes a promise for each call: a call for each sector would cost more than AES in JavaScript.

/** AES for browsers. The key decides: 16, 24 or 32 bytes. */
export function aes(key: Uint8Array): BlockCipher {
  checkAesKey(key);
  const own = new Uint8Array(key);
  return {
    encrypt: (blocks) => ecb(own, { disablePadding: true }).encrypt(blocks),
    decrypt: (blocks) => ecb(own, { disablePadding: true }).decrypt(blocks),
  };
}
