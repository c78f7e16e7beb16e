// The old bytes of clusters that are being replaced.
import { chain, Gather, type MaybePromise } from '@q/block';
import type { Allocation } from '@q/cow';
import { L2_COMPRESSED, L2_DATA, L2_UNALLOCATED, type L2Kind } from '@q/format';
import { inflate } from './compressed-read.ts';
import { readData } from './encryption/data.ts';
import { readBelow } from './read.ts';
import type { State } from './state.ts';

/** What a run of clusters was mapped to before, and what is known of its new place. */
export interface CowTag {
  /** All clusters of the run were of this kind. With extended L2 entries: the kind of the entry's first word. */
  readonly kind: L2Kind;
  /** Old host offset of the run's first byte, where the kind has one. */
  readonly oldHost: number;
  /** The old entry, of the first cluster. */
  readonly hi: number;
  readonly lo: number;
  /** Old bitmaps of an extended entry; the run is one cluster then. */
  readonly zero: number;
  readonly allocated: number;
  /** The run keeps the host clusters it had: nothing to give back, neither old nor new. */
  readonly kept: boolean;
  /** The new clusters lie past the end of the file as it was: they read as zeroes already. */
  readonly fresh: boolean;
}

export type CowAllocation = Allocation<CowTag>;

/** Whether all old bytes of the run are zeroes. */
export function sourceIsZero(state: State, allocation: CowAllocation): boolean {
  const { kind } = allocation.tag;
  if (kind === L2_UNALLOCATED) {
    return state.backing === undefined || state.backing.size <= allocation.guest;
  }
  return kind !== L2_DATA && kind !== L2_COMPRESSED;
}

/** Fills `into` with the old bytes from guest offset `at` on, all in the run. */
export function readOld(
  state: State,
  allocation: CowAllocation,
  into: Uint8Array,
  at: number,
): MaybePromise<void> {
  const { tag } = allocation;
  state.cow.bytesRead += into.length;
  if (tag.kind === L2_COMPRESSED) return readOldCompressed(state, tag, into, at);
  if (state.geometry.extendedL2) return readOldSubclusters(state, allocation, into, at);
  if (tag.kind === L2_DATA) {
    return readData(state, into, tag.oldHost + (at - allocation.guest), at);
  }
  if (tag.kind === L2_UNALLOCATED) return readBelow(state, into, at);
  into.fill(0);
}

function readOldCompressed(
  state: State,
  tag: CowTag,
  into: Uint8Array,
  at: number,
): MaybePromise<void> {
  const inCluster = at % state.clusterSize;
  const whole = new Uint8Array(state.clusterSize);
  return chain(inflate(state, tag.hi, tag.lo, whole, at), () => {
    into.set(whole.subarray(inCluster, inCluster + into.length));
  });
}

function readOldSubclusters(
  state: State,
  allocation: CowAllocation,
  into: Uint8Array,
  at: number,
): MaybePromise<void> {
  const { tag } = allocation;
  const { subclusterSize } = state.geometry;
  const end = at + into.length;
  const gather = new Gather();
  for (let pos = at; pos < end;) {
    const sub = Math.floor((pos - allocation.guest) / subclusterSize);
    const stop = Math.min(end, allocation.guest + (sub + 1) * subclusterSize);
    const part = into.subarray(pos - at, stop - at);
    if (((tag.allocated >>> sub) & 1) === 1) {
      gather.add(readData(state, part, tag.oldHost + (pos - allocation.guest), pos));
    } else if (((tag.zero >>> sub) & 1) === 1) part.fill(0);
    else gather.add(readBelow(state, part, pos));
    pos = stop;
  }
  return gather.done();
}
