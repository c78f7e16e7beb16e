// Copying: what an allocation in flight still lacks when it is finished, and what goes out together with a request's own bytes.
import { chain, Gather, run, wait, type MaybePromise, type Steps } from '@q/block';
import type { Claim, Range } from '@q/cow';
import { needsNoCopy, readOld, type CowAllocation, type CowTag } from './cow-source.ts';
import { writeData } from './data.ts';
import type { State } from './state.ts';

/** Most bytes copied at once. */
const FILL_BYTES = 2 ** 20;

/** Writes the bytes of a claim, and its head and tail copied, in one vectored write. */
export function writeClaim(
  state: State,
  claim: Claim<CowTag>,
  bytes: Uint8Array,
): MaybePromise<void> {
  const { allocation, head, from, to, tail } = claim;
  const before = from - head;
  const after = tail - to;
  if (before + after === 0 || needsNoCopy(state, allocation)) {
    return writeData(state, [bytes], allocation.hostOf(from), from);
  }
  const headBytes = new Uint8Array(before);
  const tailBytes = new Uint8Array(after);
  const gather = new Gather();
  if (before > 0) gather.add(readOld(state, allocation, headBytes, head));
  try {
    if (after > 0) gather.add(readOld(state, allocation, tailBytes, to));
  } catch (error) {
    gather.fail(error);
  }
  return chain(gather.done(), () => {
    state.cow.bytesWritten += before + after;
    const parts = [headBytes, bytes, tailBytes].filter((part) => part.length > 0);
    return writeData(state, parts, allocation.hostOf(head), head);
  });
}

/** Copies what is left of an allocation: the registry's `fill`. */
export function fillHoles(
  state: State,
  allocation: CowAllocation,
  holes: readonly Range[],
): MaybePromise<void> {
  if (!needsNoCopy(state, allocation)) return run(fill(state, allocation, holes));
}

function* fill(state: State, allocation: CowAllocation, holes: readonly Range[]): Steps<void> {
  for (const { from, to } of holes) {
    for (let at = from; at < to; at += FILL_BYTES) {
      const part = new Uint8Array(Math.min(FILL_BYTES, to - at));
      yield* wait(readOld(state, allocation, part, at));
      state.cow.bytesWritten += part.length;
      yield* wait(writeData(state, [part], allocation.hostOf(at), at));
    }
  }
}
