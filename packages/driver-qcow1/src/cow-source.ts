// The old bytes of clusters that are being replaced.
import type { MaybePromise } from '@q/block';
import type { Allocation } from '@q/cow';
import { L2_COMPRESSED, L2_UNALLOCATED, type L2Kind } from '@q/format';
import { readCompressed } from './compressed-read.ts';
import { readBelow } from './read.ts';
import type { State } from './state.ts';

/** What a run of clusters was mapped to before, and what is known of its new place. */
export interface CowTag {
  /** All clusters of the run were of this kind: unallocated, or (one cluster) compressed. Plain ones are written in place. */
  readonly kind: L2Kind;
  /** The old entry, of the first cluster. */
  readonly hi: number;
  readonly lo: number;
  /** The new clusters lie past the end of the file as it was: they read as zeroes already. */
  readonly fresh: boolean;
}

export type CowAllocation = Allocation<CowTag>;

/** Whether what nobody writes of the run needs no writing: the old bytes are zeroes, and so is the new place. */
export function needsNoCopy(state: State, { tag, guest }: CowAllocation): boolean {
  // Zeroes are not zeroes when they are encrypted.
  if (!tag.fresh || state.cipher !== undefined) return false;
  return tag.kind === L2_UNALLOCATED && state.nothingBelow(guest);
}

/** Fills `into` with the old bytes from guest offset `at` on, all in the run. */
export function readOld(
  state: State,
  { tag }: CowAllocation,
  into: Uint8Array,
  at: number,
): MaybePromise<void> {
  state.cow.bytesRead += into.length;
  if (tag.kind === L2_COMPRESSED) return readCompressed(state, tag.hi, tag.lo, into, at);
  return readBelow(state, into, at);
}
