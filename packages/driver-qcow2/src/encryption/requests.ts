// The guest's requests to an encrypted image: each has its sectors to itself while it is at work.
import type { MaybePromise } from '@q/block';
import { NOT_LOOKED_UP, readMapped } from '../read.ts';
import type { State } from '../state.ts';
import { writeMapped } from '../write.ts';
import { discardMapped, zeroMapped } from '../zero.ts';
import type { Encryption } from './encryption.ts';

/** {@link readMapped}, when no write is under way in the same sectors. */
export function readSectors(
  state: State,
  { locks }: Encryption,
  into: Uint8Array,
  start: number,
): MaybePromise<void> {
  return locks.run(start, start + into.length, false, () =>
    readMapped(state, into, start, NOT_LOOKED_UP),
  );
}

/** {@link writeMapped}, when nothing else is under way in the same sectors. */
export function writeSectors(
  state: State,
  { locks }: Encryption,
  bytes: Uint8Array,
  start: number,
): MaybePromise<void> {
  return locks.run(start, start + bytes.length, true, () => writeMapped(state, bytes, start));
}

/** {@link zeroMapped}, when nothing else is under way in the same sectors. */
export function zeroSectors(
  state: State,
  { locks }: Encryption,
  start: number,
  length: number,
  unmap: boolean,
): MaybePromise<void> {
  return locks.run(start, start + length, true, () => zeroMapped(state, start, length, unmap));
}

/** {@link discardMapped}, when nothing else is under way in the same sectors. */
export function discardSectors(
  state: State,
  { locks }: Encryption,
  start: number,
  length: number,
): MaybePromise<void> {
  return locks.run(start, start + length, true, () => discardMapped(state, start, length));
}
