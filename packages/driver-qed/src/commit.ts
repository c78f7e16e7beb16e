// Making acknowledged writes durable, in an order that survives a power cut at any instant:
//
//   0. the mark that tables need a check, before the first cluster is taken                     | flush
//   1. data, copied bytes, the size of the file                                                 | flush
//   2. L2 entries                                                                               | flush, if L1 entries follow
//   3. L1 entries of new L2 tables                                                              | flush
//   4. at the close, or when nothing has changed for some flushes: the mark is taken away       | flush
//
// So nothing on disk names bytes that are not on disk. Clusters are taken at the end of the file only and never used again, so after a crash
// the worst is a cluster that nothing names.
//
// QEMU writes the mark only without a backing file and then leaves data and entries in any order, which a check after a crash cannot tell from right: the
// entries are valid, the data is not there. The order above costs one flush for each guest flush that has new clusters.
import { run, wait, type Steps } from '@q/block';
import { clearNeedCheck, noteFlush } from './header-fields.ts';
import type { State } from './state.ts';

/** Brings everything that is linked to disk. The caller holds the image lock and has finished the allocations in flight. */
export function* commit(state: State): Steps<void> {
  const { file, l2, dirtyL1 } = state;
  // Their barrier has data flushed before the first table goes out.
  if (l2.dirtyTables > 0) yield* wait(l2.write());
  yield* wait(file.flush());
  if (dirtyL1.size > 0) yield* writeL1(state);
  yield* noteFlush(state);
}

function* writeL1(state: State): Steps<void> {
  const { file, l1, dirtyL1 } = state;
  const indexes = [...dirtyL1].sort((a, b) => a - b);
  for (const index of indexes) yield* wait(file.write(l1.bytesOf(index), l1.offset + index * 8));
  yield* wait(file.flush());
  // None can have come meanwhile: the lock is held.
  dirtyL1.clear();
}

/** A guest flush: everything acknowledged before is durable after. */
export function* flushSteps(state: State): Steps<void> {
  yield* wait(state.inFlight.finishAll());
  yield* wait(state.lock.run(() => run(commit(state))));
}

/** Before a close: everything durable, the file no longer than it must be, the mark gone. */
export function* settle(state: State): Steps<void> {
  yield* flushSteps(state);
  yield* wait(state.lock.run(() => run(tidy(state))));
}

function* tidy(state: State): Steps<void> {
  yield* state.end.trim();
  yield* clearNeedCheck(state);
}
