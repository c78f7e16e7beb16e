import type { SectorCipher } from '@q/crypt';
import { SectorLocks } from './sector-locks.ts';

/** How an image is encrypted: `aes` is what there was before LUKS, and insecure. */
export type EncryptionMethod = 'luks' | 'aes';

/** What an encrypted image that is open knows. */
export class Encryption {
  readonly method: EncryptionMethod;
  readonly cipher: SectorCipher;
  /** Requests that go to the same sectors take turns. */
  readonly locks = new SectorLocks();

  constructor(method: EncryptionMethod, cipher: SectorCipher) {
    this.method = method;
    this.cipher = cipher;
  }

  /** The number that the sector of a byte has for the cipher: its place in the file for LUKS, in the guest's disk for legacy AES. */
  sectorOf(host: number, guest: number): number {
    return Math.floor((this.method === 'luks' ? host : guest) / 512);
  }
}
