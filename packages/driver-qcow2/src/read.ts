// Reading. The image's own `read` handles what lies in one cached cluster; everything else comes here.
//
// A request is walked slice by slice. A slice is looked up once for each request; while it is there, all its runs are started without
// waiting, so nothing can move under the walk. Only loading a slice waits.
import { checkRange, Gather, isPromise, readPadded, type MaybePromise } from '@q/block';
import { L2_COMPRESSED, L2_DATA, L2_UNALLOCATED } from '@q/format';
import { readCompressed } from './compressed-read.ts';
import { readData } from './encryption/data.ts';
import { mapRun, Run } from './mapping.ts';
import type { State } from './state.ts';

/** For `found`: the slice of the first byte has not been looked up yet. */
export const NOT_LOOKED_UP = -0x80000000;

/**
 * Fills `into` from guest offset `start`. `found` is what a lookup of the first slice gave, or {@link NOT_LOOKED_UP}, so that one request
 * never counts one slice twice.
 */
export function readMapped(
  state: State,
  into: Uint8Array,
  start: number,
  found: number,
): MaybePromise<void> {
  if (state.pause !== undefined) {
    return state.pause.then(() => {
      // The disk may be a smaller one by now.
      checkRange(start, into.length, state.size);
      return readMapped(state, into, start, NOT_LOOKED_UP);
    });
  }
  const gather = new Gather();
  let walk: MaybePromise<void>;
  try {
    walk = readSlices(state, into, start, start, found, gather);
  } catch (error) {
    gather.fail(error);
    return state.requests.track(gather.done());
  }
  if (!isPromise(walk)) return state.requests.track(gather.done());
  return state.requests.track(
    walk.then(
      () => gather.done(),
      (error: unknown) => {
        gather.fail(error);
        return gather.done();
      },
    ),
  );
}

function readSlices(
  state: State,
  into: Uint8Array,
  start: number,
  at: number,
  found: number,
  gather: Gather,
): MaybePromise<void> {
  const end = start + into.length;
  while (at < end) {
    const table = state.tableOf(at);
    if (table === 0) {
      const limit = Math.min(end, state.l1End(at));
      gather.add(readBelow(state, into.subarray(at - start, limit - start), at));
      at = limit;
      continue;
    }
    const limit = Math.min(end, state.sliceEnd(at));
    const slice = state.sliceOffset(table, at);
    let slot = found === NOT_LOOKED_UP ? state.l2.lookup(slice) : found;
    found = NOT_LOOKED_UP;
    if (slot >= 0) {
      readSlice(state, slot, into, start, at, limit, gather);
      at = limit;
      continue;
    }
    const loaded = state.l2.load(slice);
    const from = at;
    if (isPromise(loaded)) {
      return loaded.then((pinned) => {
        try {
          readSlice(state, pinned, into, start, from, limit, gather);
        } finally {
          state.l2.unpin(pinned);
        }
        return readSlices(state, into, start, limit, NOT_LOOKED_UP, gather);
      });
    }
    slot = loaded;
    try {
      readSlice(state, slot, into, start, at, limit, gather);
    } finally {
      state.l2.unpin(slot);
    }
    at = limit;
  }
}

/** Starts the reads of `[at, limit)`, which the slice in `slot` maps. */
function readSlice(
  state: State,
  slot: number,
  into: Uint8Array,
  start: number,
  at: number,
  limit: number,
  gather: Gather,
): void {
  const run = new Run();
  const view = state.l2.viewOf(slot);
  const base = state.l2.baseOf(slot);
  while (at < limit) {
    let end = limit;
    if (state.inFlight.count > 0) {
      const place = state.inFlight.locate(at, limit);
      end = place.to;
      if (place.host >= 0) {
        gather.add(readData(state, into.subarray(at - start, end - start), place.host, at));
        at = end;
        continue;
      }
    }
    mapRun(state, view, base, at, end, run);
    const part = into.subarray(at - start, at - start + run.length);
    if (run.kind === L2_DATA) gather.add(readData(state, part, run.host, at));
    else if (run.kind === L2_COMPRESSED)
      gather.add(readCompressed(state, run.hi, run.lo, part, at));
    else if (run.kind === L2_UNALLOCATED) gather.add(readBelow(state, part, at));
    else part.fill(0);
    at += run.length;
  }
}

/** Reads what this level does not have: from the backing device; zeroes past its end, or when there is none. */
export function readBelow(state: State, into: Uint8Array, at: number): MaybePromise<void> {
  if (state.backing === undefined) into.fill(0);
  else return readPadded(state.backing, into, at);
}
