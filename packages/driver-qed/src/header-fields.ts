// Fields of the header that an open image changes. Each change is one write inside one sector, so that a power cut leaves the old field or the new one.
import { ImageError, wait, type Steps } from '@q/block';
import { FEATURE_NEED_CHECK, FEATURES_AT, IMAGE_SIZE_AT } from '@q/qed';
import type { State } from './state.ts';

/** Flushes without any table to write after which the image counts as clean again. */
const QUIET_FLUSHES = 4;

/** Writes all three fields of feature bits, durably. No autoclear bit is known, so all are cleared. */
function* writeFeatures(state: State, features: number): Steps<void> {
  const bytes = new Uint8Array(24);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, features, true);
  view.setBigUint64(8, state.area.header.compatFeatures, true);
  yield* wait(state.file.write(bytes, FEATURES_AT));
  yield* wait(state.file.flush());
  state.features = features;
  state.autoclear = 0n;
}

/** Before anything is written: autoclear bits, whose promises are not kept from now on. */
export function* beforeWrite(state: State): Steps<void> {
  if (state.autoclear !== 0n) yield* writeFeatures(state, state.features);
}

/** Before a cluster is taken or an entry changes: the mark that tables need a check after a crash, durably. */
export function* beforeTableChange(state: State): Steps<void> {
  state.changed = true;
  if ((state.features & FEATURE_NEED_CHECK) !== 0) return;
  yield* writeFeatures(state, state.features | FEATURE_NEED_CHECK);
}

/** Takes the mark away, durably. Everything is on disk, and nothing is in flight. It stays on an image in which damage was found. */
export function* clearNeedCheck(state: State): Steps<void> {
  if ((state.features & FEATURE_NEED_CHECK) === 0 || state.damaged) return;
  yield* writeFeatures(state, state.features & ~FEATURE_NEED_CHECK);
}

/** After a flush: takes the mark away when nobody has changed a table for some flushes. QEMU waits for 5 seconds; a library has no clock of its own. */
export function* noteFlush(state: State): Steps<void> {
  state.quietFlushes = state.changed ? 0 : state.quietFlushes + 1;
  state.changed = false;
  if (state.quietFlushes >= QUIET_FLUSHES && state.inFlight.count === 0) {
    yield* clearNeedCheck(state);
  }
}

/** Writes the size of the guest's disk, durably. */
export function* writeImageSize(state: State, size: number): Steps<void> {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(size), true);
  yield* wait(state.file.write(bytes, IMAGE_SIZE_AT));
  yield* wait(state.file.flush());
}

/** Throws when `length` bytes at host offset `host`, which an entry calls data, are a table. */
export function refuseTables(state: State, host: number, length: number): void {
  const table = state.tables.overlap(host, length);
  if (table < 0) return;
  state.damaged = true;
  throw new ImageError(
    'corrupt',
    `A write would land on a table, at host offset ${table}. Nothing was written. The image is damaged: run a check, or restore it from a copy.`,
    { offset: table, subject: 'L2 entry', found: host },
  );
}
