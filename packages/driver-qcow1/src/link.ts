import { run, wait, type MaybePromise, type Steps } from '@q/block';
import type { CowAllocation } from './cow-source.ts';
import type { State } from './state.ts';

/** Enters a finished run into its L2 table: the registry's `link`. Takes the image lock. */
export function link(state: State, allocation: CowAllocation): MaybePromise<void> {
  return state.lock.run(() => run(linkSteps(state, allocation)));
}

function* linkSteps(state: State, { guest, host, length }: CowAllocation): Steps<void> {
  yield* coverEnd(state, host + length);
  // A run never leaves the table that it began in.
  yield* changeEntries(state, guest, (view, first) => {
    let entry = first;
    for (let done = 0; done < length; done += state.clusterSize, entry += 8) {
      setEntry(view, entry, Math.floor((host + done) / 0x1_0000_0000), host + done);
    }
  });
}

/** Writes one L2 entry; `lo` may be a whole offset, of which the low half counts. */
export function setEntry(view: DataView, entry: number, hi: number, lo: number): void {
  view.setUint32(entry, hi);
  view.setUint32(entry + 4, lo % 0x1_0000_0000);
}

/**
 * Changes L2 entries from that of guest offset `at` on. They reach the disk only after a flush of what has been written until now, so no entry is ever ahead of
 * its data. The caller holds the image lock.
 */
export function* changeEntries(
  state: State,
  at: number,
  change: (view: DataView, entry: number) => void,
): Steps<void> {
  const { l2 } = state;
  const slot = yield* wait(l2.get(state.l1IndexOf(at) * state.l2Bytes));
  l2.requireFlushBeforeWrite(state.file);
  change(l2.viewOf(slot), l2.baseOf(slot) + state.inTableOf(at));
  l2.markDirty(slot);
  l2.unpin(slot);
}

/**
 * Lets the file reach up to `end`, the end of a run whose last bytes nobody may have written: the end of the file is where the next writer allocates, which must not be in a
 * cluster. Not by a resize, which could cut off what is just being written behind.
 */
function* coverEnd(state: State, end: number): Steps<void> {
  const { file } = state;
  if (file.size >= end) return;
  yield* wait(file.writeZeroes(end - 1, 1));
}
