import { checkRange, run, wait, type Steps } from '@q/block';
import type { State } from './state.ts';

/** Runs `change` under the image lock with nothing in flight over `[from, to)`. */
export function* alone<T>(
  state: State,
  from: number,
  to: number,
  change: () => Steps<T>,
): Steps<T> {
  for (;;) {
    yield* wait(state.inFlight.finishRange(from, to));
    const result = yield* wait(
      state.lock.run(() => {
        const met = state.inFlight.meet(from, to);
        if (met.kind !== 'clear' || met.to < to) return undefined;
        // The disk may have become smaller meanwhile.
        checkRange(from, to - from, Math.ceil(state.size / state.clusterSize) * state.clusterSize);
        return run(box(change()));
      }),
    );
    if (result !== undefined) return result.value;
  }
}

function* box<T>(steps: Steps<T>): Steps<{ readonly value: T }> {
  return { value: yield* steps };
}
