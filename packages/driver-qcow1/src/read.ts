// Reading. The image's own `read` handles what lies in one cached cluster; everything else comes here.
//
// A request is walked table by table. A table is looked up once for each request; while it is there, all its runs are started without
// waiting, so nothing can move under the walk. Only loading a table waits.
import { Gather, isPromise, readPadded, type MaybePromise } from '@q/block';
import { L2_COMPRESSED, L2_DATA } from '@q/format';
import { readCompressed } from './compressed-read.ts';
import { readData } from './data.ts';
import { mapRun, Run } from './mapping.ts';
import type { State } from './state.ts';

/** For `found`: the table of the first byte has not been looked up yet. */
export const NOT_LOOKED_UP = -0x80000000;

/**
 * Fills `into` from guest offset `start`. `found` is what a lookup of the first table gave in this turn, or {@link NOT_LOOKED_UP}, so that one request
 * never counts one table twice.
 */
export function readMapped(
  state: State,
  into: Uint8Array,
  start: number,
  found: number,
): MaybePromise<void> {
  const gather = new Gather();
  let walk: MaybePromise<void>;
  try {
    walk = readTables(state, into, start, start, found, gather);
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

function readTables(
  state: State,
  into: Uint8Array,
  start: number,
  at: number,
  found: number,
  gather: Gather,
): MaybePromise<void> {
  const end = start + into.length;
  while (at < end) {
    const limit = Math.min(end, state.tableEnd(at));
    if (state.tableOf(at) === 0) {
      // A table is entered before anything is allocated in its range, so nothing is in flight here.
      gather.add(readBelow(state, into.subarray(at - start, limit - start), at));
      at = limit;
      continue;
    }
    const table = state.l1IndexOf(at) * state.l2Bytes;
    const slot = found === NOT_LOOKED_UP ? state.l2.lookup(table) : found;
    found = NOT_LOOKED_UP;
    if (slot >= 0) {
      readTable(state, slot, into, start, at, limit, gather);
      at = limit;
      continue;
    }
    const loaded = state.l2.load(table);
    if (isPromise(loaded)) {
      const from = at;
      return loaded.then((pinned) => {
        readPinned(state, pinned, into, start, from, limit, gather);
        return readTables(state, into, start, limit, NOT_LOOKED_UP, gather);
      });
    }
    readPinned(state, loaded, into, start, at, limit, gather);
    at = limit;
  }
}

function readPinned(
  state: State,
  slot: number,
  into: Uint8Array,
  start: number,
  at: number,
  limit: number,
  gather: Gather,
): void {
  try {
    readTable(state, slot, into, start, at, limit, gather);
  } finally {
    state.l2.unpin(slot);
  }
}

/** Starts the reads of `[at, limit)`, which the table in `slot` maps. */
function readTable(
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
    else if (run.kind === L2_COMPRESSED) {
      gather.add(readCompressed(state, run.hi, run.lo, part, at));
    } else gather.add(readBelow(state, part, at));
    at += run.length;
  }
}

/** Reads what this level does not have: from the backing device; zeroes past its end, or when there is none. */
export function readBelow(state: State, into: Uint8Array, at: number): MaybePromise<void> {
  if (state.backing === undefined) into.fill(0);
  else return readPadded(state.backing, into, at);
}
