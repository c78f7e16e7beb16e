import { wait, type Steps } from '@q/block';
import type { Claim } from '@q/cow';
import { ENTRY_DATA } from '@q/qed';
import type { CowTag } from './cow-source.ts';
import { ensureTable } from './ensure-table.ts';
import { beforeTableChange, beforeWrite, refuseTables } from './header-fields.ts';
import { mapRun, Run } from './mapping.ts';
import { NOT_LOOKED_UP } from './read.ts';
import type { State } from './state.ts';

/** What to do with the first bytes of a request, up to guest offset `to`. */
export type WritePlan =
  /** Write them at this host offset. */
  | { readonly kind: 'place'; readonly host: number; readonly to: number }
  /** Write them as part of an allocation in flight. */
  | { readonly kind: 'claim'; readonly claim: Claim<CowTag>; readonly to: number }
  /** Wait, then plan again. */
  | { readonly kind: 'wait'; readonly until: Promise<void> };

/**
 * Plans the beginning of a write of guest bytes `[at, end)`. The caller holds the image lock. `found` is what a lookup of the slice has given in this turn, or
 * `NOT_LOOKED_UP`.
 */
export function* planWrite(state: State, at: number, end: number, found: number): Steps<WritePlan> {
  if (state.autoclear !== 0n) {
    yield* beforeWrite(state);
    found = NOT_LOOKED_UP;
  }
  const { inFlight } = state;
  const met = inFlight.meet(at, end);
  if (met.kind === 'wait') return { kind: 'wait', until: met.allocation.changed() };
  if (met.kind === 'join') {
    return { kind: 'claim', claim: inFlight.join(met.allocation, at, met.to), to: met.to };
  }
  const limit = Math.min(met.to, state.sliceEnd(at));
  const run = new Run();
  yield* ensureTable(state, at);
  const slot = yield* pinSlice(state, state.sliceOffset(state.tableOf(at), at), found);
  try {
    mapRun(state, state.l2.viewOf(slot), state.l2.baseOf(slot), at, limit, run);
  } finally {
    state.l2.unpin(slot);
  }
  if (run.kind !== ENTRY_DATA) return yield* planAllocation(state, at, at + run.length, run);
  refuseTables(state, run.host, run.length);
  return { kind: 'place', host: run.host, to: at + run.length };
}

/** Pins the slice at `offset`, counting it once. */
function* pinSlice(state: State, offset: number, found: number): Steps<number> {
  if (found === NOT_LOOKED_UP) return yield* wait(state.l2.get(offset));
  if (found < 0) return yield* wait(state.l2.load(offset));
  state.l2.pin(found);
  return found;
}

/** Takes clusters for guest bytes `[at, end)`, which have none, and begins the allocation. */
function* planAllocation(state: State, at: number, end: number, run: Run): Steps<WritePlan> {
  const { clusterSize } = state;
  const guest = Math.floor(at / clusterSize) * clusterSize;
  const clusters = Math.ceil((end - guest) / clusterSize);
  yield* beforeTableChange(state);
  const { host, fresh } = yield* state.end.take(clusters);
  const place = { guest, host, length: clusters * clusterSize, tag: { kind: run.kind, fresh } };
  return { kind: 'claim', claim: state.inFlight.begin(place, at, end), to: end };
}
