// Copying: what an allocation in flight still lacks when it is finished, and what goes out together with a request's own bytes.
import { Gather, run, wait, writeParts, type MaybePromise, type Steps } from '@q/block';
import type { Claim, Range } from '@q/cow';
import { readOld, sourceIsZero, type CowAllocation, type CowTag } from './cow-source.ts';
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
  if (before + after === 0 || (allocation.tag.fresh && sourceIsZero(state, allocation))) {
    return state.file.write(bytes, allocation.hostOf(from));
  }
  const headBytes = new Uint8Array(before);
  const tailBytes = new Uint8Array(after);
  const gather = new Gather();
  if (before > 0) gather.add(readOld(state, allocation, headBytes, head));
  if (after > 0) gather.add(readOld(state, allocation, tailBytes, to));
  const send = (): MaybePromise<void> => {
    state.cow.bytesWritten += before + after;
    const parts = [headBytes, bytes, tailBytes].filter((part) => part.length > 0);
    return writeParts(state.file, parts, allocation.hostOf(head));
  };
  const read = gather.done();
  return read instanceof Promise ? read.then(send) : send();
}

/** Copies what is left of an allocation: the registry's `fill`. */
export function fillHoles(
  state: State,
  allocation: CowAllocation,
  holes: readonly Range[],
): MaybePromise<void> {
  return run(fill(state, allocation, holes));
}

function* fill(state: State, allocation: CowAllocation, holes: readonly Range[]): Steps<void> {
  const zero = sourceIsZero(state, allocation);
  // The source reads as zeroes and so does the new place.
  if (zero && allocation.tag.fresh) return;
  for (const { from, to } of holes) {
    if (zero) {
      state.cow.bytesWritten += to - from;
      yield* wait(state.file.writeZeroes(allocation.hostOf(from), to - from));
      continue;
    }
    for (let at = from; at < to; at += FILL_BYTES) {
      const part = new Uint8Array(Math.min(FILL_BYTES, to - at));
      yield* wait(readOld(state, allocation, part, at));
      state.cow.bytesWritten += part.length;
      yield* wait(state.file.write(part, allocation.hostOf(at)));
    }
  }
}
