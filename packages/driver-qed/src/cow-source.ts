// The old bytes of clusters that are being replaced.
import type { MaybePromise } from '@q/block';
import type { Allocation } from '@q/cow';
import { ENTRY_UNALLOCATED, type EntryKind } from '@q/qed';
import { readBelow } from './read.ts';
import type { State } from './state.ts';

/** What a run of clusters was mapped to before, and what is known of its new place. */
export interface CowTag {
  /** `ENTRY_UNALLOCATED`, or `ENTRY_ZERO`, which hides the backing file. */
  readonly kind: EntryKind;
  /** Nobody else has ever written the new clusters: they read as zeroes where no request has written. What a failed one left there is its old bytes or its new ones. */
  readonly fresh: boolean;
}

export type CowAllocation = Allocation<CowTag>;

/** Whether all old bytes of the run are zeroes. A zero entry says so, whatever the backing file has. */
export function sourceIsZero(state: State, allocation: CowAllocation): boolean {
  return allocation.tag.kind !== ENTRY_UNALLOCATED || !state.hasBelow(allocation.guest);
}

/** Fills `into` with the old bytes from guest offset `at` on, all in the run. */
export function readOld(
  state: State,
  allocation: CowAllocation,
  into: Uint8Array,
  at: number,
): MaybePromise<void> {
  if (sourceIsZero(state, allocation)) {
    into.fill(0);
    return;
  }
  state.cow.bytesRead += into.length;
  return readBelow(state, into, at);
}
