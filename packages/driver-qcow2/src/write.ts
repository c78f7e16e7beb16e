// Writing. A request is cut into parts, planned under the image lock: in place, part of an allocation in flight, or new clusters. The
// lock is not held while the bytes move, all parts at once; a part that meets an allocation being finished waits for it and looks again.
import { Gather, isPromise, run, wait, type MaybePromise, type Steps } from '@q/block';
import type { Claim } from '@q/cow';
import { commit } from './commit.ts';
import type { CowTag } from './cow-source.ts';
import { writeData } from './encryption/data.ts';
import { isWholeSectors, sectorStart, widen } from './encryption/widen.ts';
import { writeClaim } from './fill.ts';
import { planWrite } from './plan-write.ts';
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
      const { claims, to, until } = yield* wait(
        state.lock.run(() => run(planAndBegin(state, rest, from, end, first, gather))),
      );
      at = to;
      for (const { claim, part } of claims) {
        try {
          gather.add(writePart(state, claim, part));
        } catch (error) {
          gather.fail(error);
          at = end;
        }
      }
      if (until !== undefined && at < end) yield* wait(until);
    }
  } catch (error) {
    gather.fail(error);
  }
  yield* wait(gather.done());
  yield* wait(state.inFlight.trim());
  if (state.frees.size > FREES_WAITING) yield* wait(state.lock.run(() => run(commit(state))));
}

/** How far a request was planned, and what is to be written now that it was. */
interface Planned {
  /** Each has taken its part of an allocation, so each must be written, or fail, whatever becomes of the others. */
  readonly claims: readonly { readonly claim: Claim<CowTag>; readonly part: Uint8Array }[];
  readonly to: number;
  /** Wait for this before going on behind `to`. */
  readonly until?: Promise<void>;
}

/**
 * Plans all parts up to the first that has to wait, and begins those in place before the lock is let go: whoever has it next must see that the cluster is being written, or could
 * give it to somebody else. A claim is known to the registry by itself; writing it may end in a link, which takes the lock.
 *
 * Between two parts nobody else may plan: a later request that came to the second cluster first would copy, as old bytes in front of its own, what this one is about to
 * write there (16 sequential requests in flight did so wherever an L2 slice was loaded).
 */
function* planAndBegin(
  state: State,
  bytes: Uint8Array,
  start: number,
  end: number,
  found: number,
  gather: Gather,
): Steps<Planned> {
  const claims: Planned['claims'][number][] = [];
  let at = start;
  try {
    for (let first = found; at < end; first = NOT_LOOKED_UP) {
      const plan = yield* planWrite(state, at, end, first);
      if (plan.kind === 'wait') return { claims, to: at, until: plan.until };
      const part = bytes.subarray(at - start, plan.to - start);
      if (plan.kind === 'claim') claims.push({ claim: plan.claim, part });
      else gather.add(state.requests.track(writeData(state, part, plan.host, at)));
      at = plan.to;
    }
  } catch (error) {
    gather.fail(error);
    return { claims, to: end };
  }
  return { claims, to: at };
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
