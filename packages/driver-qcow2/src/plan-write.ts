import { checkRange, wait, type Steps } from '@q/block';
import type { Claim } from '@q/cow';
import { L2_COMPRESSED, L2_DATA, L2_ZERO_ALLOCATED } from '@q/format';
import { beforeWrite } from './commit.ts';
import type { CowTag } from './cow-source.ts';
import { markCorrupt } from './header-flags.ts';
import { mapRun, Run } from './mapping.ts';
import { planSubclusters } from './plan-subclusters.ts';
import { NOT_LOOKED_UP } from './read.ts';
import { ensurePrivateTable } from './private-table.ts';
import type { State } from './state.ts';
import { takeClusters } from './take-clusters.ts';

/** What to do with the first bytes of a request, up to guest offset `to`. */
export type WritePlan =
  /** Write them at this host offset: the cluster has no other user. */
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
  yield* beforeWrite(state);
  // The disk may have become smaller while the request waited.
  checkRange(at, end - at, state.size);
  const { inFlight, clusterSize } = state;
  for (;;) {
    const met = inFlight.meet(at, end);
    if (met.kind === 'wait') return { kind: 'wait', until: met.allocation.changed() };
    if (met.kind === 'join') {
      return { kind: 'claim', claim: inFlight.join(met.allocation, at, met.to), to: met.to };
    }
    const limit = Math.min(met.to, state.sliceEnd(at));
    const run = new Run();
    const table = state.tableOf(at);
    if (table === 0) {
      yield* ensurePrivateTable(state, at);
      continue;
    }
    const slot = yield* pinSlice(state, state.sliceOffset(table, at), found);
    found = NOT_LOOKED_UP;
    const view = state.l2.viewOf(slot);
    const base = state.l2.baseOf(slot);
    try {
      mapRun(state, view, base, at, limit, run);
    } finally {
      state.l2.unpin(slot);
    }
    const isPrivate = state.l1.copied[Math.floor(at / state.geometry.l1Span)] === 1;
    if (run.kind === L2_DATA && run.copied && isPrivate) {
      const bad = state.metadata.overlapBytes(run.host, run.length);
      if (bad >= 0 && state.data === state.file) {
        return yield* markCorrupt(state, bad * clusterSize, `guest offset ${at}`);
      }
      return { kind: 'place', host: run.host, to: at + run.length };
    }
    if (!isPrivate) {
      yield* ensurePrivateTable(state, at);
      continue;
    }
    if (state.geometry.extendedL2) return yield* planSubclusters(state, at, limit);
    return yield* planAllocation(state, at, limit, run);
  }
}

/** Pins the slice at `offset`, counting it once. */
function* pinSlice(state: State, offset: number, found: number): Steps<number> {
  if (found === NOT_LOOKED_UP) return yield* wait(state.l2.get(offset));
  if (found < 0) return yield* wait(state.l2.load(offset));
  state.l2.pin(found);
  return found;
}

/** Chooses clusters for a run that cannot be written in place, and begins the allocation. */
function* planAllocation(state: State, at: number, limit: number, run: Run): Steps<WritePlan> {
  const { clusterSize, inFlight } = state;
  const guest = Math.floor(at / clusterSize) * clusterSize;
  const end = Math.min(limit, at + run.length);
  let clusters = run.kind === L2_COMPRESSED ? 1 : Math.ceil((end - guest) / clusterSize);
  const oldHost = run.host - (at - guest);
  let host: number;
  let kept = false;
  let fresh = false;
  if (state.data !== state.file) {
    // External data lies at the guest's own offset, and is never counted.
    host = guest;
    kept = true;
    fresh = host >= state.data.size;
  } else if (run.kind === L2_ZERO_ALLOCATED && run.copied) {
    host = oldHost;
    kept = true;
    const bad = state.metadata.overlap(host / clusterSize, clusters);
    if (bad >= 0) return yield* markCorrupt(state, bad * clusterSize, `guest offset ${at}`);
  } else {
    const { size } = state.file;
    const range = yield* takeClusters(state, clusters);
    host = range.first * clusterSize;
    clusters = range.count;
    fresh = host >= size;
  }
  const tag: CowTag = {
    kind: run.kind,
    oldHost,
    hi: run.hi,
    lo: run.lo,
    zero: 0,
    allocated: 0,
    kept,
    fresh,
  };
  const to = Math.min(end, guest + clusters * clusterSize);
  const place = { guest, host, length: clusters * clusterSize, tag };
  return { kind: 'claim', claim: inFlight.begin(place, at, to), to };
}
