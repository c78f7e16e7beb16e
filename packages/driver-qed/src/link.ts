import { run, wait, type MaybePromise, type Steps } from '@q/block';
import { entryHi, entryLo } from '@q/qed';
import type { CowAllocation } from './cow-source.ts';
import { beforeTableChange } from './header-fields.ts';
import type { State } from './state.ts';

/** Enters a finished run into its L2 table: the registry's `link`. Takes the image lock. */
export function link(state: State, allocation: CowAllocation): MaybePromise<void> {
  return state.lock.run(() => run(linkSteps(state, allocation)));
}

/** A run was chosen inside one slice, and its table made then. */
function* linkSteps(state: State, allocation: CowAllocation): Steps<void> {
  const { clusterSize, l2, slices } = state;
  const { guest, end } = allocation;
  yield* beforeTableChange(state);
  const slot = yield* wait(l2.get(state.sliceOffset(state.tableOf(guest), guest)));
  // Data and copied bytes, before an eviction may write the slice.
  l2.requireFlushBeforeWrite();
  for (let at = guest; at < end; at += clusterSize) {
    const entry = ((at / clusterSize) % slices.entries) * 8;
    const host = allocation.hostOf(at);
    l2.setU32(slot, entry, entryLo(host));
    l2.setU32(slot, entry + 4, entryHi(host));
  }
  l2.markDirty(slot);
  l2.unpin(slot);
}
