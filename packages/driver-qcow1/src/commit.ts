// Making acknowledged writes durable, in an order that survives a power cut at any instant:
//
//   1. data and copied bytes                     | flush
//   2. L2 tables, new ones too                   | flush, if L1 entries follow
//   3. L1 entries of new L2 tables               | flush
//
// So nothing on disk names what is not on disk; what a cut leaves is space that nobody names. (QEMU writes L1 before L2 before data. After a cut there an entry may name bytes
// that somebody else is given later.)
import { run, wait, type Steps } from '@q/block';
import type { State } from './state.ts';

/** Brings everything that is linked to disk. The caller holds the image lock and has finished the allocations in flight. */
export function* commit(state: State): Steps<void> {
  const { file, l2, dirtyL1 } = state;
  // The cache flushes what the entries name before it writes them.
  if (l2.dirtyTables > 0) yield* wait(l2.write());
  if (dirtyL1.size > 0) yield* writeL1(state);
  yield* wait(file.flush());
  dirtyL1.clear();
}

function* writeL1(state: State): Steps<void> {
  const { file, l1, dirtyL1 } = state;
  yield* wait(file.flush());
  for (const index of [...dirtyL1].sort((a, b) => a - b)) {
    yield* wait(file.write(l1.bytesOf(index, 1), l1.offset + index * 8));
  }
}

/** A guest flush: everything acknowledged before is durable after. */
export function* flushSteps(state: State): Steps<void> {
  yield* wait(state.inFlight.finishAll());
  yield* wait(state.lock.run(() => run(commit(state))));
}
