import { wait, type Steps } from '@q/block';
import type { Range } from '@q/cow';
import { hostOffsetOf, isCopied, L2_COMPRESSED, L2_DATA, l2Kind, SUBCLUSTERS } from '@q/format';
import type { CowTag } from './cow-source.ts';
import { markCorrupt } from './header-flags.ts';
import type { WritePlan } from './plan-write.ts';
import type { State } from './state.ts';
import { takeClusters } from './take-clusters.ts';

/**
 * Begins an allocation of one cluster with extended L2 entries. A cluster that is already there, and has no other user, is kept: only
 * subclusters become mapped. The caller holds the image lock; the L2 table has no other user.
 */
export function* planSubclusters(state: State, at: number, limit: number): Steps<WritePlan> {
  const { clusterSize, l2, geometry } = state;
  const guest = Math.floor(at / clusterSize) * clusterSize;
  const slot = yield* wait(l2.get(state.sliceOffset(state.tableOf(at), at)));
  const entry = ((guest / clusterSize) % state.slices.entries) * 16;
  const hi = l2.u32(slot, entry);
  const lo = l2.u32(slot, entry + 4);
  const zero = l2.u32(slot, entry + 8);
  const allocated = l2.u32(slot, entry + 12);
  l2.unpin(slot);
  const kind = l2Kind(hi, lo, geometry.l2Rules);
  const oldHost = kind === L2_COMPRESSED ? 0 : hostOffsetOf(hi, lo);
  let host = oldHost;
  let kept = true;
  let fresh = false;
  if (state.data !== state.file) host = guest;
  else if (kind === L2_DATA && isCopied(hi)) {
    const bad = state.metadata.overlap(host / clusterSize, 1);
    if (bad >= 0) return yield* markCorrupt(state, bad * clusterSize, `guest offset ${at}`);
  } else {
    const { size } = state.file;
    const range = yield* takeClusters(state, 1);
    host = range.first * clusterSize;
    kept = false;
    fresh = host >= size;
  }
  const tag: CowTag = { kind, oldHost, hi, lo, zero, allocated, kept, fresh };
  const to = Math.min(limit, guest + clusterSize);
  const present = kept ? mappedRanges(state, guest, allocated) : [];
  const place = { guest, host, length: clusterSize, tag, present };
  return { kind: 'claim', claim: state.inFlight.begin(place, at, to), to };
}

/** Subclusters that are mapped in a cluster that stays: never copied, so no copy can land on a write in place that is still under way. */
function mappedRanges(state: State, guest: number, allocated: number): Range[] {
  const { subclusterSize } = state.geometry;
  const ranges: Range[] = [];
  for (let sub = 0; sub < SUBCLUSTERS; sub++) {
    if (((allocated >>> sub) & 1) === 0) continue;
    const from = guest + sub * subclusterSize;
    ranges.push({ from, to: from + subclusterSize });
  }
  return ranges;
}
