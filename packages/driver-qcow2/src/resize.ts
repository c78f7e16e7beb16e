// Changing the size of the disk. QCOW2 format, field "size"; the order is that of everything else: what the new size shows is durable before the size is, and what it
// hides is let go after. So after a power cut the disk has the old size with all of its bytes, or the new one.
//
// New bytes read as zeroes, always: not as what a longer backing file has there, nor as what an earlier shrink or a state of a virtual machine has left behind the end.
import { ImageError, run, wait, type Steps } from '@q/block';
import { extensionOf, geometryOf } from '@q/format';
import { beforeWrite, commit } from './commit.ts';
import { dropMappings } from './drop-mappings.ts';
import { checkL1Size, growL1 } from './grow-l1.ts';
import { changeHeader } from './header-fields.ts';
import { preallocate } from './preallocate.ts';
import type { State } from './state.ts';
import { truncateFile } from './truncate-file.ts';
import { changeSlice } from './zero.ts';
import { zeroTail } from './zero-tail.ts';

/** How a disk is resized. */
export interface Qcow2ResizeOptions {
  /** Consent to losing what lies behind a smaller size. Default false. */
  readonly shrink?: boolean;
}

/** Changes the size to `size` bytes, rounded up to 512, with nothing else in flight. */
export async function resize(
  state: State,
  size: number,
  options: Qcow2ResizeOptions = {},
): Promise<void> {
  const wanted = Math.ceil(size / 512) * 512;
  if (!Number.isSafeInteger(wanted) || size < 0) {
    throw new RangeError(`size must be a number of bytes, not ${size}`);
  }
  await state.inFlight.quiesce(state.lock, () => run(change(state, wanted, options)));
}

function* change(state: State, wanted: number, options: Qcow2ResizeOptions): Steps<void> {
  if (wanted === state.size) return;
  if (wanted < state.size && options.shrink !== true) {
    throw new RangeError(
      `${wanted} bytes are less than the ${state.size} of the disk: what lies behind them would be lost. Say { shrink: true } if that is wanted.`,
    );
  }
  refuseUnsupported(state, wanted);
  checkL1Size(state, wanted);
  yield* beforeWrite(state);
  yield* wait(state.requests.settled());
  if (wanted > state.size) yield* grow(state, wanted);
  else yield* shrink(state, wanted);
}

function refuseUnsupported(state: State, wanted: number): void {
  const { header } = state.cluster;
  const end = Math.ceil(state.size / state.clusterSize) * state.clusterSize;
  let why: string | undefined;
  if (extensionOf(state.cluster, 'bitmaps') !== undefined) {
    why = 'The image has persistent bitmaps, which fit its size. Remove them first.';
  } else if (header.version === 2 && header.snapshotCount > 0) {
    why =
      'The image is of version 2, where snapshots have no size of their own. Delete them, or raise the version.';
  } else if (header.version === 2 && wanted > end && (state.backing?.size ?? 0) > end) {
    why =
      'The backing file is longer than the disk, and version 2 cannot hide what it has there. Raise the version.';
  }
  if (why === undefined) return;
  throw new ImageError('unsupported', why, { expected: state.size, found: wanted });
}

function* grow(state: State, wanted: number): Steps<void> {
  const { clusterSize, data, file } = state;
  const before = state.size;
  const from = Math.ceil(before / clusterSize) * clusterSize;
  yield* dropMappings(state, from);
  yield* zeroTail(state);
  yield* growL1(state, Math.ceil(wanted / state.geometry.l1Span));
  yield* hideBelow(state, from, wanted);
  if (data !== file) {
    if (state.rawDataFile && data.size > before) {
      yield* wait(data.writeZeroes(before, Math.min(data.size, wanted) - before));
    }
    if (data.size < wanted) yield* wait(data.resize(wanted));
  }
  // As when it was made: QEMU maps all of a raw data file.
  if (state.rawDataFile) yield* preallocate(state, from, wanted, 'metadata');
  yield* commit(state);
  yield* setSize(state, wanted);
}

/** Makes what the backing device has from `from` to `to` read as zeroes. */
function* hideBelow(state: State, from: number, to: number): Steps<void> {
  const { clusterSize } = state;
  const most = Math.min(to, state.backing?.size ?? 0);
  const end = Math.ceil(most / clusterSize) * clusterSize;
  for (let at = from; at < end;) {
    const limit = Math.min(end, state.sliceEnd(at));
    yield* changeSlice(state, at, limit, 'unmap', false);
    at = limit;
  }
}

function* shrink(state: State, wanted: number): Steps<void> {
  const { clusterSize, data, file } = state;
  yield* commit(state);
  yield* setSize(state, wanted);
  yield* dropMappings(state, Math.ceil(wanted / clusterSize) * clusterSize);
  // For whoever makes the disk larger again and does not look: QEMU shows what is left here, with extended L2 entries.
  yield* zeroTail(state);
  yield* commit(state);
  if (data !== file && data.growable === true && data.size > wanted)
    yield* wait(data.resize(wanted));
  yield* truncateFile(state);
}

function* setSize(state: State, size: number): Steps<void> {
  yield* changeHeader(state, 'size', { ...state.cluster.header, size });
  state.geometry = geometryOf(state.cluster.header);
  state.size = size;
}
