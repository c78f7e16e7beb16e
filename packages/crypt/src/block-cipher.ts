/** A block cipher with its key, over many independent blocks of 16 bytes at once (what is called ECB). */
export interface BlockCipher {
  /** The blocks, each encrypted by itself; `blocks` is a multiple of 16 bytes and stays as it is. */
  encrypt(blocks: Uint8Array): Uint8Array;
  /** The reverse of `encrypt`. */
  decrypt(blocks: Uint8Array): Uint8Array;
}

/** Bytes of a block of AES. */
export const BLOCK_BYTES = 16;

/** Throws unless AES has keys of that many bytes. */
export function checkAesKey(key: Uint8Array): void {
  if (key.length !== 16 && key.length !== 24 && key.length !== 32) {
    throw new RangeError(`an AES key has 16, 24 or 32 bytes, not ${key.length}`);
  }
}
