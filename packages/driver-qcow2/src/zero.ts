// Zeroing and discarding. Whole clusters (subclusters, with extended entries) change in the L2 tables; what is left at both ends is written as zeroes.
import { run, wait, type MaybePromise, type Steps } from '@q/block';
import { subclusterMask } from '@q/format';
import { alone } from './alone.ts';
import { beforeL2Change, beforeWrite } from './commit.ts';
import { mapRun, Run } from './mapping.ts';
import { ensurePrivateTable } from './private-table.ts';
import type { State } from './state.ts';
import { writeMapped } from './write.ts';
import { zeroEntry, zeroSubclusters, type ZeroMode } from './zero-plan.ts';
import { L2_UNALLOCATED, L2_ZERO, L2_ZERO_ALLOCATED } from '@q/format';

/** Most zero bytes written at once. */
const ZERO_BYTES = 2 ** 20;

/** Makes `[start, start + length)` read as zeroes. */
export function zeroMapped(
  state: State,
  start: number,
  length: number,
  unmap: boolean,
): MaybePromise<void> {
  return run(zeroSteps(state, start, start + length, unmap ? 'unmap' : 'zero'));
}

/** Discards the whole clusters in `[start, start + length)`; the end of the disk counts as a cluster's end. */
export function discardMapped(state: State, start: number, length: number): MaybePromise<void> {
  return run(discardSteps(state, start, start + length));
}

function* discardSteps(state: State, start: number, end: number): Steps<void> {
  const { clusterSize } = state;
  // External data stays where it is, and version 2 cannot hide what lies below.
  if (state.data !== state.file || !canZero(state)) return;
  const from = Math.ceil(start / clusterSize) * clusterSize;
  const to = end === state.size ? end : Math.floor(end / clusterSize) * clusterSize;
  if (from < to) yield* changeClusters(state, from, to, 'discard');
}

function* zeroSteps(state: State, start: number, end: number, mode: ZeroMode): Steps<void> {
  // A raw external data file must hold the zeroes itself.
  if (!canZero(state) || state.rawDataFile) return yield* writeZeroBytes(state, start, end);
  const { clusterSize } = state;
  const granule = state.geometry.subclusterSize;
  const from = Math.min(end, Math.ceil(start / granule) * granule);
  const to = end === state.size ? end : Math.max(from, Math.floor(end / granule) * granule);
  if (start < from) yield* writeZeroBytes(state, start, from);
  for (let at = from; at < to;) {
    const clusterStart = Math.floor(at / clusterSize) * clusterSize;
    const next = Math.min(to, clusterStart + clusterSize);
    if (at > clusterStart || (next < clusterStart + clusterSize && next !== state.size)) {
      yield* changeSubclusters(state, at, next);
      at = next;
      continue;
    }
    const whole = to === state.size ? to : Math.floor(to / clusterSize) * clusterSize;
    yield* changeClusters(state, at, whole, mode);
    at = whole;
  }
  if (to < end) yield* writeZeroBytes(state, Math.max(to, from), end);
}

/** Whether an entry can say that a cluster reads as zeroes: from version 3 on, or when nothing lies below. */
function canZero(state: State): boolean {
  return state.geometry.version >= 3 || state.backing === undefined;
}

/** Zeroes whole clusters, slice by slice; `to` may be the end of the disk instead. */
function* changeClusters(state: State, from: number, to: number, mode: ZeroMode): Steps<void> {
  const { clusterSize } = state;
  for (let at = from; at < to;) {
    const start = at;
    const tableEnd = Math.min(to, state.l1End(at));
    // Without a table there is nothing to change, unless something below would show.
    const nothing =
      state.tableOf(at) === 0 && (state.backing === undefined || state.backing.size <= at);
    const limit = nothing ? tableEnd : Math.min(to, state.sliceEnd(at));
    const reached = yield* alone(state, at, limit, function* (): Steps<number> {
      // Where the disk has become larger meanwhile, the cluster that it ended in has other bytes too.
      const whole = limit === state.size ? limit : Math.floor(limit / clusterSize) * clusterSize;
      if (start < whole) yield* changeSlice(state, start, whole, mode, nothing);
      return whole;
    });
    if (reached < limit && mode !== 'discard') yield* writeZeroBytes(state, reached, limit);
    at = limit;
  }
}

/** Zeroes whole clusters from `from` to `limit`. The caller holds the image lock, and nothing is in flight there. */
export function* changeSlice(
  state: State,
  from: number,
  limit: number,
  mode: ZeroMode,
  nothing: boolean,
): Steps<void> {
  yield* beforeWrite(state);
  // A write that came first may have made the table.
  if (nothing && state.tableOf(from) === 0) return;
  const { clusterSize, geometry } = state;
  const end = Math.min(limit, state.sliceEnd(from));
  yield* ensurePrivateTable(state, from);
  yield* beforeL2Change(state);
  const slot = yield* wait(state.l2.get(state.sliceOffset(state.tableOf(from), from)));
  const view = state.l2.viewOf(slot);
  const base = state.l2.baseOf(slot);
  let changed = false;
  for (let at = from; at < end; at += clusterSize) {
    const entry = base + ((at / clusterSize) % state.slices.entries) * geometry.l2EntrySize;
    changed = zeroEntry(state, view, entry, at, mode) || changed;
  }
  if (changed) state.l2.markDirty(slot);
  state.l2.unpin(slot);
  if (end < limit) yield* changeSlice(state, end, limit, mode, false);
}

/** Zeroes whole subclusters of one cluster, in its entry or, where that cannot say it, by writing zeroes. */
function* changeSubclusters(state: State, from: number, to: number): Steps<void> {
  const done = yield* alone(state, from, to, () => maskSubclusters(state, from, to));
  if (!done) yield* writeZeroBytes(state, from, to);
}

function* maskSubclusters(state: State, from: number, to: number): Steps<boolean> {
  const { clusterSize, geometry } = state;
  // As in `changeClusters`.
  if (to % geometry.subclusterSize !== 0 && to !== state.size) return false;
  yield* beforeWrite(state);
  yield* ensurePrivateTable(state, from);
  yield* beforeL2Change(state);
  const slot = yield* wait(state.l2.get(state.sliceOffset(state.tableOf(from), from)));
  const cluster = Math.floor(from / clusterSize);
  const entry = state.l2.baseOf(slot) + (cluster % state.slices.entries) * 16;
  const first = (from - cluster * clusterSize) / geometry.subclusterSize;
  const count = Math.ceil((to - from) / geometry.subclusterSize);
  const mask = subclusterMask(first, count);
  const done = zeroSubclusters(state, state.l2.viewOf(slot), entry, mask);
  if (done) state.l2.markDirty(slot);
  state.l2.unpin(slot);
  return done;
}

/** Writes zeroes, unless the bytes read as zeroes already. */
function* writeZeroBytes(state: State, from: number, to: number): Steps<void> {
  for (let at = from; at < to;) {
    const end = Math.min(to, at + ZERO_BYTES, state.sliceEnd(at));
    const start = at;
    const zero = yield* alone(state, at, end, () => readsZero(state, start, end));
    if (!zero) yield* wait(writeMapped(state, new Uint8Array(end - at), at));
    at = end;
  }
}

function* readsZero(state: State, from: number, to: number): Steps<boolean> {
  const below = state.backing !== undefined && state.backing.size > from;
  const table = state.tableOf(from);
  if (table === 0) return !below;
  const slot = yield* wait(state.l2.get(state.sliceOffset(table, from)));
  const run = new Run();
  try {
    for (let at = from; at < to; at += run.length) {
      mapRun(state, state.l2.viewOf(slot), state.l2.baseOf(slot), at, to, run);
      const zero =
        run.kind === L2_ZERO ||
        run.kind === L2_ZERO_ALLOCATED ||
        (run.kind === L2_UNALLOCATED && !below);
      if (!zero) return false;
    }
  } finally {
    state.l2.unpin(slot);
  }
  return true;
}
