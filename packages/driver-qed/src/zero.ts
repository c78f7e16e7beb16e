// Zeroing. Clusters that have a place in the file keep it and get zeroes written; whole clusters that have none become zero entries where the backing
// file would show otherwise; what is left of clusters at both ends is written like data. What reads as zeroes already stays as it is.
import {
  Gather,
  run,
  wait,
  type MaybePromise,
  type Steps,
  type WriteZeroesOptions,
} from '@q/block';
import { ENTRY_DATA, ENTRY_UNALLOCATED, ENTRY_ZERO } from '@q/qed';
import { ensureTable } from './ensure-table.ts';
import { beforeTableChange, beforeWrite, refuseTables } from './header-fields.ts';
import { mapRun, Run } from './mapping.ts';
import type { State } from './state.ts';
import { writeMapped } from './write.ts';

/** Most zero bytes written as data at once. */
const ZERO_BYTES = 2 ** 20;

/** A range of guest bytes, or of host bytes. */
interface Range {
  readonly from: number;
  readonly to: number;
}

/** What is left to write when the entries of a part have been dealt with. */
interface ZeroPart {
  /** The guest offset behind the part. */
  readonly end: number;
  /** Host ranges in which zeroes are to be written. */
  readonly places: Range[];
  /** Guest ranges, each inside one cluster, which have to get a place first. */
  readonly copies: Range[];
}

/** Makes `[start, end)` read as zeroes. `diskEnd`, where the disk ends or is about to, counts as the end of a cluster. */
export function zeroMapped(
  state: State,
  start: number,
  end: number,
  diskEnd: number,
  options: WriteZeroesOptions,
): MaybePromise<void> {
  return run(zeroSteps(state, start, end, diskEnd, options));
}

function* zeroSteps(
  state: State,
  start: number,
  end: number,
  diskEnd: number,
  options: WriteZeroesOptions,
): Steps<void> {
  for (let at = start; at < end;) {
    const part = yield* zeroAlone(state, at, end, diskEnd);
    const gather = new Gather();
    for (const { from, to } of part.places) {
      try {
        gather.add(state.requests.track(state.file.writeZeroes(from, to - from, options)));
      } catch (error) {
        gather.fail(error);
      }
    }
    yield* wait(gather.done());
    for (const { from, to } of part.copies) {
      for (let copy = from; copy < to; copy += ZERO_BYTES) {
        const bytes = new Uint8Array(Math.min(ZERO_BYTES, to - copy));
        yield* wait(writeMapped(state, bytes, copy));
      }
    }
    at = part.end;
  }
}

/** Deals with the entries of the next part under the image lock, with nothing in flight over it. */
function* zeroAlone(state: State, at: number, end: number, diskEnd: number): Steps<ZeroPart> {
  for (;;) {
    const limit = Math.min(end, partEnd(state, at));
    yield* wait(state.inFlight.finishRange(at, limit));
    const part = yield* wait(
      state.lock.run(() => {
        const met = state.inFlight.meet(at, limit);
        if (met.kind !== 'clear' || met.to < limit || limit > partEnd(state, at)) return undefined;
        return run(zeroPart(state, at, limit, diskEnd));
      }),
    );
    if (part !== undefined) return part;
  }
}

/** A slice at a time, or all that a table would map where there is none and none is needed. */
function partEnd(state: State, at: number): number {
  return state.tableOf(at) === 0 && !state.hasBelow(at) ? state.tableEnd(at) : state.sliceEnd(at);
}

function* zeroPart(state: State, start: number, end: number, diskEnd: number): Steps<ZeroPart> {
  const part: ZeroPart = { end, places: [], copies: [] };
  if (state.tableOf(start) === 0 && !state.hasBelow(start)) return part;
  yield* beforeWrite(state);
  yield* ensureTable(state, start);
  const slot = yield* wait(state.l2.get(state.sliceOffset(state.tableOf(start), start)));
  const hidden: Range[] = [];
  try {
    const mapped = new Run();
    for (let at = start; at < end; at += mapped.length) {
      mapRun(state, state.l2.viewOf(slot), state.l2.baseOf(slot), at, end, mapped);
      const to = at + mapped.length;
      if (mapped.kind === ENTRY_DATA) {
        refuseTables(state, mapped.host, mapped.length);
        part.places.push({ from: mapped.host, to: mapped.host + mapped.length });
      } else if (mapped.kind === ENTRY_UNALLOCATED && state.hasBelow(at)) {
        hideBelow(state, at, to, diskEnd, hidden, part.copies);
      }
    }
    if (hidden.length > 0) {
      yield* beforeTableChange(state);
      for (const range of hidden) setZero(state, slot, range);
      state.l2.markDirty(slot);
    }
  } finally {
    state.l2.unpin(slot);
  }
  return part;
}

/** Divides unallocated bytes `[from, to)`, over bytes of the backing file, into whole clusters and the rest. */
function hideBelow(
  state: State,
  from: number,
  to: number,
  diskEnd: number,
  hidden: Range[],
  copies: Range[],
): void {
  const { clusterSize } = state;
  const first = Math.min(to, Math.ceil(from / clusterSize) * clusterSize);
  const last = to === diskEnd ? to : Math.max(first, Math.floor(to / clusterSize) * clusterSize);
  if (from < first) copies.push({ from, to: first });
  if (first < last) hidden.push({ from: first, to: last });
  if (last < to && state.hasBelow(last)) copies.push({ from: last, to });
}

/** A zero entry names nothing, so nothing has to be on disk before it. */
function setZero({ l2, slices, clusterSize }: State, slot: number, { from, to }: Range): void {
  for (let at = from; at < to; at += clusterSize) {
    const entry = ((at / clusterSize) % slices.entries) * 8;
    l2.setU32(slot, entry, ENTRY_ZERO);
    l2.setU32(slot, entry + 4, 0);
  }
}
