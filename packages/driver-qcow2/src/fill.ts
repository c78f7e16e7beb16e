// Copying: what an allocation in flight still lacks when it is finished, and what goes out together with a request's own bytes.
import { Gather, run, wait, type MaybePromise, type Steps } from '@q/block';
import type { Claim, Range } from '@q/cow';
import { readOld, sourceIsZero, type CowAllocation, type CowTag } from './cow-source.ts';
import { writeData, writeDataParts } from './encryption/data.ts';
import { untouchedSubclusters } from './untouched.ts';
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
  if (before + after === 0 || (allocation.tag.fresh && zeroesAsZeroes(state, allocation))) {
    return writeData(state, bytes, allocation.hostOf(from), from);
  }
  const headBytes = new Uint8Array(before);
  const tailBytes = new Uint8Array(after);
  const gather = new Gather();
  if (before > 0) gather.add(readOld(state, allocation, headBytes, head));
  if (after > 0) gather.add(readOld(state, allocation, tailBytes, to));
  const send = (): MaybePromise<void> => {
    state.cow.bytesWritten += before + after;
    const parts = [headBytes, bytes, tailBytes].filter((part) => part.length > 0);
    return writeDataParts(state, parts, allocation.hostOf(head), head);
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
  const { tag } = allocation;
  const needed = state.geometry.extendedL2 ? neededSubclusters(state, allocation, holes) : holes;
  const zero = zeroesAsZeroes(state, allocation) && !state.geometry.extendedL2;
  // The source reads as zeroes and so does the new place.
  if (zero && tag.fresh) return;
  for (const { from, to } of needed) {
    if (zero) {
      state.cow.bytesWritten += to - from;
      yield* wait(state.data.writeZeroes(allocation.hostOf(from), to - from));
      continue;
    }
    for (let at = from; at < to; at += FILL_BYTES) {
      const part = new Uint8Array(Math.min(FILL_BYTES, to - at));
      yield* wait(readOld(state, allocation, part, at));
      state.cow.bytesWritten += part.length;
      yield* wait(writeData(state, part, allocation.hostOf(at), at));
    }
  }
}

/** Whether all old bytes are zeroes, and zeroes in the file are what they read as: in an encrypted image they are noise. */
function zeroesAsZeroes(state: State, allocation: CowAllocation): boolean {
  return state.encryption === undefined && sourceIsZero(state, allocation);
}

/** With extended entries: the holes without what is left to the old mapping, and without what a kept cluster has in place already. */
function neededSubclusters(
  state: State,
  allocation: CowAllocation,
  holes: readonly Range[],
): Range[] {
  const { tag, guest } = allocation;
  const { subclusterSize } = state.geometry;
  const untouched = untouchedSubclusters(state, allocation);
  const needed: Range[] = [];
  for (const { from, to } of holes) {
    for (let at = from; at < to;) {
      const sub = Math.floor((at - guest) / subclusterSize);
      const end = Math.min(to, guest + (sub + 1) * subclusterSize);
      const inPlace = tag.kept && ((tag.allocated >>> sub) & 1) === 1;
      if (((untouched >>> sub) & 1) === 0 && !inPlace) needed.push({ from: at, to: end });
      at = end;
    }
  }
  return needed;
}
