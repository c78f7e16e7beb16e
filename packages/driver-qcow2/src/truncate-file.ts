import { wait, type Steps } from '@q/block';
import type { State } from './state.ts';

/** Counts that are looked at together. */
const COUNTS = 4096;

/**
 * Cuts the file behind its last cluster in use. Refcount blocks at the end that count nothing but themselves go first. What the counts in memory call free
 * is named by nothing on disk: the caller holds the image lock and has committed.
 */
export function* truncateFile(state: State): Steps<void> {
  const { file, refcounts, clusterSize } = state;
  if (file.growable !== true) return;
  let end = Math.ceil(file.size / clusterSize);
  for (;;) {
    end = yield* endOfUse(state, end);
    const index = Math.floor((end - 1) / state.geometry.refcountsPerBlock);
    const isBlock = refcounts.table.blockAt(index) === (end - 1) * clusterSize;
    if (!isBlock || !(yield* wait(refcounts.dropBlock(index)))) break;
  }
  if (end * clusterSize >= file.size) return;
  yield* wait(file.resize(end * clusterSize));
  yield* wait(file.flush());
}

/** The number behind the last cluster below `end` that is in use. */
function* endOfUse(state: State, end: number): Steps<number> {
  const counts = new Float64Array(COUNTS);
  while (end > 1) {
    const first = Math.max(0, end - COUNTS);
    const part = counts.subarray(0, end - first);
    yield* wait(state.refcounts.readRange(first, part));
    let last = part.length - 1;
    while (last >= 0 && part[last] === 0) last--;
    if (last >= 0) return first + last + 1;
    end = first;
  }
  return 1;
}
