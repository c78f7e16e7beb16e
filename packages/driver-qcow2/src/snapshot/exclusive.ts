import { run, wait, type Steps } from '@q/block';
import { beforeWrite, commit, trueCounts } from '../commit.ts';
import type { State } from '../state.ts';

/**
 * Runs `work` with the image for itself: under the image lock, nothing in flight, everything that was acknowledged durable, no table newer in memory than on disk, and
 * the refcounts on disk true. New writes wait; reads go on.
 */
export function exclusively<T>(state: State, work: () => Steps<T>): Promise<T> {
  return state.inFlight.quiesce(state.lock, () => run(settled(state, work)));
}

function* settled<T>(state: State, work: () => Steps<T>): Steps<T> {
  // What was being written in place when the gate came down belongs to what was before.
  yield* wait(state.requests.settled());
  yield* beforeWrite(state);
  yield* commit(state);
  yield* trueCounts(state);
  return yield* work();
}
