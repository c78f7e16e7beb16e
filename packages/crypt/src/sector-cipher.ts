import type { SectorIv } from './sector-iv.ts';

/** Bytes that are encrypted by themselves. */
export const SECTOR_BYTES = 512;

/** Encrypts and decrypts whole sectors of 512 bytes. Synchronous. */
export interface SectorCipher {
  /** Encrypts `bytes` where they are: sectors in a row, of which the first has the number `sector`. Any other length is a `RangeError`. */
  encrypt(bytes: Uint8Array, sector: number): void;
  /** The reverse of `encrypt`. */
  decrypt(bytes: Uint8Array, sector: number): void;
}

/** Which cipher sectors are encrypted with: AES, in this mode. */
export interface SectorCipherSpec {
  readonly mode: 'xts' | 'cbc';
  readonly iv: SectorIv;
}

/** Throws unless `bytes` are whole sectors. */
export function checkSectors(bytes: Uint8Array): void {
  if (bytes.length % SECTOR_BYTES !== 0) {
    throw new RangeError(
      `sectors have ${SECTOR_BYTES} bytes, ${bytes.length} are no number of them`,
    );
  }
}
