// The guest's bytes where they lie in the file (or data file). All reads and writes of data go through here, but for those of the image's own fast path, which
// encrypted images do not take.
import { chain, readPadded, writeParts, type MaybePromise } from '@q/block';
import { SECTOR_BYTES } from '@q/crypt';
import type { State } from '../state.ts';
import type { Encryption } from './encryption.ts';

/** Fills `into` with the guest's bytes from `guest` on, which lie at host offset `host`. */
export function readData(
  state: State,
  into: Uint8Array,
  host: number,
  guest: number,
): MaybePromise<void> {
  const { data, encryption } = state;
  if (encryption === undefined) return readPadded(data, into, host);
  return readEncrypted(state, encryption, into, host, guest);
}

/** Writes the guest's bytes from `guest` on to host offset `host`. In an encrypted image both ends are sector boundaries. */
export function writeData(
  state: State,
  bytes: Uint8Array,
  host: number,
  guest: number,
): MaybePromise<void> {
  const { data, encryption } = state;
  if (encryption === undefined) return data.write(bytes, host);
  return writeEncrypted(state, encryption, new Uint8Array(bytes), host, guest);
}

/** {@link writeData} of parts behind each other, in one request. */
export function writeDataParts(
  state: State,
  parts: readonly Uint8Array[],
  host: number,
  guest: number,
): MaybePromise<void> {
  const { data, encryption } = state;
  if (encryption === undefined) return writeParts(data, parts, host);
  return writeEncrypted(state, encryption, joined(parts), host, guest);
}

function readEncrypted(
  { data }: State,
  encryption: Encryption,
  into: Uint8Array,
  host: number,
  guest: number,
): MaybePromise<void> {
  const { cipher } = encryption;
  const before = host % SECTOR_BYTES;
  const sector = encryption.sectorOf(host, guest);
  if (before === 0 && into.length % SECTOR_BYTES === 0) {
    return chain(readPadded(data, into, host), () => cipher.decrypt(into, sector));
  }
  const sectors = Math.ceil((before + into.length) / SECTOR_BYTES);
  const whole = new Uint8Array(sectors * SECTOR_BYTES);
  return chain(readPadded(data, whole, host - before), () => {
    cipher.decrypt(whole, sector);
    into.set(whole.subarray(before, before + into.length));
  });
}

/** `bytes` are overwritten. */
function writeEncrypted(
  { data }: State,
  encryption: Encryption,
  bytes: Uint8Array,
  host: number,
  guest: number,
): MaybePromise<void> {
  encryption.cipher.encrypt(bytes, encryption.sectorOf(host, guest));
  return data.write(bytes, host);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
