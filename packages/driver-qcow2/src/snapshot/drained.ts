import { wait, type Steps } from '@q/block';
import type { State } from '../state.ts';

/**
 * Runs `change` at an instant when no request is under way, so that nobody holds a slice of an L2 table or has looked something up in one. New reads wait until
 * then; new writes wait already, since the caller has the image for itself.
 */
export function* drained(state: State, change: () => void): Steps<void> {
  let open: (() => void) | undefined;
  state.pause = new Promise((resolve) => (open = resolve));
  try {
    yield* wait(state.requests.settled());
    change();
  } finally {
    state.pause = undefined;
    open?.();
  }
}
