import { ImageError, run, wait, type Steps } from '@q/block';
import { SECTOR_SIZE } from '@q/qed';
import { commit } from './commit.ts';
import { beforeWrite, writeImageSize } from './header-fields.ts';
import type { State } from './state.ts';
import { zeroMapped } from './zero.ts';

/**
 * Lets the disk grow. What is behind its old end may have bytes already: of a backing file that is longer, or of a last cluster that was copied whole. So
 * that is zeroed first, then the tables go to disk, then the header says so.
 *
 * @throws RangeError for a size that is not a multiple of 512; ImageError `unsupported` for a smaller one, `limit` for one that the tables cannot map
 */
export async function resizeDisk(state: State, size: number): Promise<void> {
  if (!Number.isSafeInteger(size) || size < 0 || size % SECTOR_SIZE !== 0) {
    throw new RangeError(`the size of a QED disk is a multiple of ${SECTOR_SIZE}, not ${size}`);
  }
  const { maxSize } = state.geometry;
  if (size > maxSize) {
    throw new ImageError(
      'limit',
      `With these clusters and tables a disk has ${maxSize} bytes at most. Copy it to an image with larger ones.`,
      { subject: 'size', expected: maxSize, found: size },
    );
  }
  const old = state.size;
  if (size < old) {
    throw new ImageError('unsupported', 'A QED disk cannot be made smaller.', {
      expected: old,
      found: size,
    });
  }
  if (size === old) return;
  await state.lock.run(() => run(prepare(state, size)));
  await zeroMapped(state, old, size, size, {});
  await state.inFlight.quiesce(state.lock, () => run(enter(state, size)));
}

function* prepare(state: State, size: number): Steps<void> {
  yield* beforeWrite(state);
  const known = state.l1.tables.length;
  yield* state.l1.readFor(state.file, size, state.end.hostEnd);
  state.tables.addFrom(state.l1, known);
}

function* enter(state: State, size: number): Steps<void> {
  yield* wait(state.requests.settled());
  yield* commit(state);
  // Of two calls at once the later one may ask for less.
  if (size <= state.size) return;
  yield* writeImageSize(state, size);
  state.size = size;
}
