import { run, wait, type Steps } from '@q/block';
import { beforeWrite, commit } from './commit.ts';
import { preallocate, type Preallocation } from './preallocate.ts';
import type { State } from './state.ts';

/** Preallocates the disk of an image that has just been made. A data file loses what it had. */
export async function preallocateNew(
  state: State,
  mode: Exclude<Preallocation, 'off'>,
): Promise<void> {
  await state.inFlight.quiesce(state.lock, () => run(preallocateSteps(state, mode)));
}

function* preallocateSteps(state: State, mode: Exclude<Preallocation, 'off'>): Steps<void> {
  const { data, file, size } = state;
  yield* beforeWrite(state);
  if (data !== file && data.growable === true) {
    yield* wait(data.resize(0));
    yield* wait(data.resize(size));
  }
  yield* preallocate(state, 0, size, mode);
  yield* commit(state);
}
