// Guest bytes in plain clusters: as they are, or encrypted. Clusters begin at multiples of 512 in the file as they do on the guest's disk, so a guest sector is a sector of
// the file.
import { chain, readPadded, writeParts, type MaybePromise } from '@q/block';
import type { SectorCipher } from './sector-cipher.ts';
import type { State } from './state.ts';

/** What the cipher works on, bytes. */
export const SECTOR = 512;

/** Fills `into` from host offset `host`; guest offset `at` is mapped there. What lies past the end of the file is zeroes. */
export function readData(
  state: State,
  into: Uint8Array,
  host: number,
  at: number,
): MaybePromise<void> {
  const { cipher } = state;
  if (cipher === undefined) return readPadded(state.file, into, host);
  const skip = at % SECTOR;
  const sectors = new Uint8Array(Math.ceil((skip + into.length) / SECTOR) * SECTOR);
  return chain(readPadded(state.file, sectors, host - skip), async () => {
    const plain = await cipher.decrypt(sectors, (at - skip) / SECTOR);
    into.set(plain.subarray(skip, skip + into.length));
  });
}

/** Writes `parts` behind each other at host offset `host`, where guest offset `at` is mapped. Whole sectors only in an encrypted image. */
export function writeData(
  state: State,
  parts: readonly Uint8Array[],
  host: number,
  at: number,
): MaybePromise<void> {
  const { cipher } = state;
  if (cipher !== undefined) return writeEncrypted(state, cipher, parts, host, at);
  if (parts.length === 1) return state.file.write(parts[0]!, host);
  return writeParts(state.file, parts, host);
}

async function writeEncrypted(
  state: State,
  cipher: SectorCipher,
  parts: readonly Uint8Array[],
  host: number,
  at: number,
): Promise<void> {
  const encrypted: Uint8Array[] = [];
  for (const part of parts) {
    if (at % SECTOR !== 0 || part.length % SECTOR !== 0) {
      throw new RangeError('encrypted bytes are written in whole sectors');
    }
    encrypted.push(await cipher.encrypt(part, at / SECTOR));
    at += part.length;
  }
  await writeParts(state.file, encrypted, host);
}
