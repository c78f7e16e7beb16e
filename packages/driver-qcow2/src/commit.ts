// Making acknowledged writes durable, in an order that survives a power cut at any instant (QCOW2 format, and the ordering rules in ARCHITECTURE.md):
//
//   1. data, copied bytes, new L2 tables, refcounts that went up      | flush
//   2. L2 entries                                                     | flush, if L1 entries follow
//   3. L1 entries of new L2 tables                                    | flush
//   4. refcounts that went down                                       | with the next flush; a crash before leaks
//
// So nothing on disk names a cluster whose count or content is not on disk, and no count goes down while something on disk names the cluster.
// With lazy refcounts the dirty bit stands for the counts: they are written when the image is closed.
import { ImageError, run, wait, type Steps } from '@q/block';
import { AUTOCLEAR_RAW_DATA_FILE } from '@q/format';
import { settleHeader } from './header-fields.ts';
import { clearAutoclear, setDirty } from './header-flags.ts';
import type { State } from './state.ts';

/** Before anything is written: autoclear bits that would lie from now on. */
export function* beforeWrite(state: State): Steps<void> {
  if (state.corrupt) {
    throw new ImageError(
      'corrupt',
      'The image is marked corrupt and takes no writes. Run a repair.',
    );
  }
  if (state.prepared) return;
  yield* clearAutoclear(state, AUTOCLEAR_RAW_DATA_FILE);
  state.prepared = true;
}

/** Before L2 entries change in the cache: what must be on disk before they are. */
export function* beforeL2Change(state: State): Steps<void> {
  if (state.lazyRefcounts) yield* setDirty(state, true);
  else yield* wait(state.l2.setDependency(state.refcounts.cache));
  // Data and copied bytes, before an eviction may write the slice.
  state.l2.requireFlushBeforeWrite(state.data);
  if (state.data !== state.file) state.l2.requireFlushBeforeWrite();
}

/** Brings everything that is linked to disk. The caller holds the image lock and has finished the allocations in flight. */
export function* commit(state: State): Steps<void> {
  const { file, data, l2, refcounts, lazyRefcounts } = state;
  if (state.headerDoubts.size > 0) yield* settleHeader(state);
  if (!lazyRefcounts) yield* wait(refcounts.write());
  if (data !== file) yield* wait(data.flush());
  yield* wait(file.flush());
  const wrote = l2.dirtyTables > 0;
  yield* wait(l2.write());
  if (state.dirtyL1.size > 0) yield* writeL1(state);
  else if (wrote) yield* wait(file.flush());
  if (state.frees.size > 0) yield* applyFrees(state);
}

function* writeL1(state: State): Steps<void> {
  const { file, l1 } = state;
  yield* wait(file.flush());
  const indexes = [...state.dirtyL1].sort((a, b) => a - b);
  for (const index of indexes) yield* wait(file.write(l1.bytesOf(index), l1.offset + index * 8));
  yield* wait(file.flush());
  // Entries that changed meanwhile cannot be: the lock is held.
  for (const index of indexes) state.dirtyL1.delete(index);
}

function* applyFrees(state: State): Steps<void> {
  // Requests that were sent to a freed cluster must be over before somebody else gets it.
  yield* wait(state.requests.settled());
  const ranges = state.frees.take();
  try {
    yield* wait(state.refcounts.adjust(ranges, -1));
  } catch (error) {
    // A count that is too low already: those clusters stay as they are, which at worst leaks them. I/O errors are tried again.
    if (!(error instanceof ImageError && error.code === 'corrupt')) state.frees.restore(ranges);
    throw error;
  }
  yield* wait(state.drops.done());
  if (!state.lazyRefcounts) yield* wait(state.refcounts.write());
}

/** A guest flush: everything acknowledged before is durable after. */
export function* flushSteps(state: State): Steps<void> {
  yield* wait(state.inFlight.finishAll());
  yield* wait(state.lock.run(() => run(commit(state))));
}

/** Before a close: everything durable, refcounts true, the dirty bit gone. */
export function* settle(state: State): Steps<void> {
  yield* flushSteps(state);
  yield* trueCounts(state);
}

/** After a commit: what lazy refcounts have left to do. */
export function* trueCounts(state: State): Steps<void> {
  if (!state.lazyRefcounts) return;
  yield* wait(state.refcounts.write());
  yield* wait(state.file.flush());
  yield* setDirty(state, false);
}
