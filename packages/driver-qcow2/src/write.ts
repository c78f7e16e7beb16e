// Writing. A request is cut into parts, each planned under the image lock: in place, part of an allocation in flight, or new clusters. The
// lock is not held while the bytes move, all parts at once; a part that meets an allocation being finished waits for it and looks again.
import { Gather, isPromise, run, wait, type MaybePromise, type Steps } from '@q/block';
import type { Claim } from '@q/cow';
import { commit } from './commit.ts';
import type { CowTag } from './cow-source.ts';
import { writeData } from './encryption/data.ts';
import { isWholeSectors, sectorStart, widen } from './encryption/widen.ts';
import { writeClaim } from './fill.ts';
import { planWrite, type WritePlan } from './plan-write.ts';
import { NOT_LOOKED_UP } from './read.ts';
import type { State } from './state.ts';

/** Ranges of freed clusters that may wait for the guest's next flush; with more of them one is made. */
const FREES_WAITING = 4096;

/**
 * Writes `bytes` at guest offset `start`, which is inside the disk. `found` is what a lookup of the first slice gave, if there was one, so that no slice
 * is counted twice. In an encrypted image the caller has the sectors to itself.
 */
export function writeMapped(
  state: State,
  bytes: Uint8Array,
  start: number,
  found = NOT_LOOKED_UP,
): MaybePromise<void> {
  if (state.encryption !== undefined && !isWholeSectors(start, bytes.length)) {
    return run(writeWidened(state, bytes, start));
  }
  // Whoever holds the lock may throw out what was found.
  return run(writeSteps(state, bytes, start, state.lock.busy ? NOT_LOOKED_UP : found));
}

/** Reads what the first and the last sector hold beside `bytes`, and writes whole sectors. */
function* writeWidened(state: State, bytes: Uint8Array, start: number): Steps<void> {
  const whole = yield* widen(state, bytes, start);
  yield* writeSteps(state, whole, sectorStart(start), NOT_LOOKED_UP);
}

function* writeSteps(state: State, bytes: Uint8Array, start: number, found: number): Steps<void> {
  const end = start + bytes.length;
  const gather = new Gather();
  try {
    for (let at = start; at < end;) {
      const from = at;
      const first = found;
      found = NOT_LOOKED_UP;
      const rest = bytes.subarray(from - start);
      const plan = yield* wait(
        state.lock.run(() => run(planAndBegin(state, rest, from, end, first, gather))),
      );
      if (plan.kind === 'wait') {
        yield* wait(plan.until);
        continue;
      }
      if (plan.kind === 'claim') {
        gather.add(writePart(state, plan.claim, rest.subarray(0, plan.to - from)));
      }
      at = plan.to;
    }
  } catch (error) {
    gather.fail(error);
  }
  yield* wait(gather.done());
  yield* wait(state.inFlight.trim());
  if (state.frees.size > FREES_WAITING) yield* wait(state.lock.run(() => run(commit(state))));
}

/**
 * Plans, and begins a write in place before the lock is let go: whoever has it next must see that the cluster is being written, or could give it
 * to somebody else. A claim is known to the registry by itself.
 */
function* planAndBegin(
  state: State,
  bytes: Uint8Array,
  at: number,
  end: number,
  found: number,
  gather: Gather,
): Steps<WritePlan> {
  const plan = yield* planWrite(state, at, end, found);
  if (plan.kind === 'place') {
    const part = bytes.subarray(0, plan.to - at);
    gather.add(state.requests.track(writeData(state, part, plan.host, at)));
  }
  return plan;
}

/** Writes the bytes of a claim and tells the registry how it went. */
function writePart(state: State, claim: Claim<CowTag>, bytes: Uint8Array): MaybePromise<void> {
  const { inFlight } = state;
  const failed = (error: unknown): MaybePromise<never> => {
    const undone = inFlight.fail(claim);
    const rethrow = (): never => {
      throw error;
    };
    // The request's own error is the one to report, also when giving the clusters back fails too.
    return isPromise(undone) ? undone.then(rethrow, rethrow) : rethrow();
  };
  let written: MaybePromise<void>;
  try {
    written = state.requests.track(writeClaim(state, claim, bytes));
  } catch (error) {
    return failed(error);
  }
  if (!isPromise(written)) return inFlight.complete(claim);
  return written.then(() => inFlight.complete(claim), failed);
}
