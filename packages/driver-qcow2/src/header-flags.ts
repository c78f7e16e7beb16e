// Feature bits that an open image changes. Each change writes its 8 bytes only, so that a power cut leaves the old header or the new one.
import { ImageError, wait, type Steps } from '@q/block';
import { INCOMPATIBLE_CORRUPT, INCOMPATIBLE_DIRTY } from '@q/format';
import type { State } from './state.ts';

/** Byte offset of incompatible_features. */
const INCOMPATIBLE_AT = 72;
/** Byte offset of autoclear_features. */
const AUTOCLEAR_AT = 88;

function* writeFlags(state: State, at: number, flags: bigint): Steps<void> {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, flags);
  yield* wait(state.file.write(bytes, at));
  yield* wait(state.file.flush());
}

/** Sets or clears the dirty bit (refcounts on disk may be stale), durably. */
export function* setDirty(state: State, dirty: boolean): Steps<void> {
  const { flags } = state;
  const wanted = dirty
    ? flags.incompatible | INCOMPATIBLE_DIRTY
    : flags.incompatible & ~INCOMPATIBLE_DIRTY;
  if (wanted === flags.incompatible) return;
  yield* writeFlags(state, INCOMPATIBLE_AT, wanted);
  flags.incompatible = wanted;
}

/** Clears the autoclear bits whose promise this driver does not keep while it writes, durably. */
export function* clearAutoclear(state: State, kept: bigint): Steps<void> {
  const { flags } = state;
  const wanted = flags.autoclear & kept;
  if (wanted === flags.autoclear) return;
  yield* writeFlags(state, AUTOCLEAR_AT, wanted);
  flags.autoclear = wanted;
}

/**
 * Marks the image corrupt, durably (version 2 has no bit for it), refuses all later writes, and throws `corrupt`.
 * What was acknowledged stays readable, and a flush still saves it.
 */
export function* markCorrupt(state: State, offset: number, what: string): Steps<never> {
  state.corrupt = true;
  const { flags } = state;
  if (state.geometry.version >= 3 && (flags.incompatible & INCOMPATIBLE_CORRUPT) === 0n) {
    const wanted = flags.incompatible | INCOMPATIBLE_CORRUPT;
    yield* writeFlags(state, INCOMPATIBLE_AT, wanted);
    flags.incompatible = wanted;
  }
  throw new ImageError(
    'corrupt',
    `A write to ${what} would land on metadata at host offset ${offset}. Nothing was written; the image is marked corrupt and takes no more writes. Run a repair.`,
    { offset, subject: what },
  );
}
