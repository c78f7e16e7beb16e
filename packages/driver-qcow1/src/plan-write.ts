import { ImageError, wait, type Steps } from '@q/block';
import type { Claim } from '@q/cow';
import { L2_COMPRESSED, L2_DATA } from '@q/format';
import type { CowTag } from './cow-source.ts';
import { mapRun, Run } from './mapping.ts';
import { ensureTable } from './new-table.ts';
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
 * Plans the beginning of a write of guest bytes `[at, end)`. The caller holds the image lock. `found` is what a lookup of the table has given in this turn, or
 * `NOT_LOOKED_UP`.
 */
export function* planWrite(state: State, at: number, end: number, found: number): Steps<WritePlan> {
  const { inFlight } = state;
  if (state.tableOf(at) === 0) {
    yield* ensureTable(state, at);
    found = NOT_LOOKED_UP;
  }
  const slot = yield* pinTable(state, at, found);
  try {
    const met = inFlight.meet(at, end);
    if (met.kind === 'wait') return { kind: 'wait', until: met.allocation.changed() };
    if (met.kind === 'join') {
      return { kind: 'claim', claim: inFlight.join(met.allocation, at, met.to), to: met.to };
    }
    const limit = Math.min(met.to, state.tableEnd(at));
    const run = new Run();
    mapRun(state, state.l2.viewOf(slot), state.l2.baseOf(slot), at, limit, run);
    if (run.kind !== L2_DATA) return planAllocation(state, at, at + run.length, run);
    checkPlace(state, run.host, run.length, at);
    return { kind: 'place', host: run.host, to: at + run.length };
  } finally {
    state.l2.unpin(slot);
  }
}

/** Pins the table that maps `at`, counting it once. */
export function* pinTable(state: State, at: number, found: number): Steps<number> {
  const table = state.l1IndexOf(at) * state.l2Bytes;
  if (found === NOT_LOOKED_UP) return yield* wait(state.l2.get(table));
  if (found < 0) return yield* wait(state.l2.load(table));
  state.l2.pin(found);
  return found;
}

/** Throws `corrupt` when guest bytes would go where metadata is. */
export function checkPlace(state: State, host: number, length: number, at: number): void {
  if (!state.areas.overlaps(host, host + length)) return;
  throw new ImageError(
    'corrupt',
    `Guest offset ${at} is mapped to ${host}, where the image has metadata: nothing is written there. The image is damaged: run a check, or restore it from a copy.`,
    { offset: state.entryOffset(at), subject: 'L2 entry', found: host },
  );
}

/** Chooses clusters for a run that cannot be written in place, and begins the allocation. */
function planAllocation(state: State, at: number, end: number, run: Run): WritePlan {
  const { clusterSize, inFlight, space } = state;
  const guest = Math.floor(at / clusterSize) * clusterSize;
  const clusters = run.kind === L2_COMPRESSED ? 1 : Math.ceil((end - guest) / clusterSize);
  const length = clusters * clusterSize;
  const fileSize = state.file.size;
  const host = space.take(length, clusterSize);
  const tag: CowTag = { kind: run.kind, hi: run.hi, lo: run.lo, fresh: host >= fileSize };
  const to = Math.min(end, guest + length);
  return { kind: 'claim', claim: inFlight.begin({ guest, host, length, tag }, at, to), to };
}
