// Zeroing. The format cannot say that a cluster reads as zeroes, so zeroes are written, except where there is nothing and nothing lies below. Plain clusters are zeroed in place,
// which lets the file give the space back.
import {
  Gather,
  run,
  wait,
  type MaybePromise,
  type Steps,
  type WriteZeroesOptions,
} from '@q/block';
import { L2_DATA, L2_UNALLOCATED } from '@q/format';
import { mapRun, Run } from './mapping.ts';
import { checkPlace, pinTable } from './plan-write.ts';
import { NOT_LOOKED_UP } from './read.ts';
import type { State } from './state.ts';
import { writeMapped, writeSectors } from './write.ts';

/** Most zero bytes written at once. */
const ZERO_BYTES = 2 ** 20;

/** What to do with the first bytes of a range, up to guest offset `to`. */
type ZeroPlan =
  /** They read as zeroes already. */
  | { readonly kind: 'nothing'; readonly to: number }
  /** Zero them at this host offset. */
  | { readonly kind: 'place'; readonly host: number; readonly to: number }
  /** Write zeroes as a guest does. */
  | { readonly kind: 'write'; readonly to: number };

/** Makes `[start, end)` read as zeroes. */
export function* zeroSteps(
  state: State,
  start: number,
  end: number,
  options: WriteZeroesOptions,
): Steps<void> {
  const gather = new Gather();
  try {
    for (let at = start; at < end;) {
      const from = at;
      const plan = yield* wait(state.lock.run(() => run(planZero(state, from, end))));
      if (plan.kind === 'place') {
        const zeroed = state.file.writeZeroes(plan.host, plan.to - at, options);
        gather.add(state.requests.track(zeroed));
      } else if (plan.kind === 'write') {
        yield* wait(writeGuest(state, new Uint8Array(plan.to - at), at));
      }
      at = plan.to;
    }
  } catch (error) {
    gather.fail(error);
  }
  yield* wait(gather.done());
}

/** Writes as a guest does. */
export function writeGuest(state: State, bytes: Uint8Array, at: number): MaybePromise<void> {
  if (state.cipher !== undefined) return writeSectors(state, bytes, at);
  return writeMapped(state, bytes, at);
}

function* planZero(state: State, at: number, end: number): Steps<ZeroPlan> {
  const write: ZeroPlan = { kind: 'write', to: Math.min(end, at + ZERO_BYTES) };
  if (state.inFlight.meet(at, write.to).kind !== 'clear') return write;
  const tableEnd = Math.min(end, state.tableEnd(at));
  if (state.tableOf(at) === 0) {
    return state.nothingBelow(at) ? { kind: 'nothing', to: tableEnd } : write;
  }
  const slot = yield* pinTable(state, at, NOT_LOOKED_UP);
  try {
    const met = state.inFlight.meet(at, tableEnd);
    if (met.kind !== 'clear') return write;
    const found = new Run();
    mapRun(state, state.l2.viewOf(slot), state.l2.baseOf(slot), at, met.to, found);
    const to = at + found.length;
    if (found.kind === L2_UNALLOCATED && state.nothingBelow(at)) return { kind: 'nothing', to };
    if (found.kind !== L2_DATA || state.cipher !== undefined) {
      return { kind: 'write', to: Math.min(to, write.to) };
    }
    checkPlace(state, found.host, found.length, at);
    return { kind: 'place', host: found.host, to };
  } finally {
    state.l2.unpin(slot);
  }
}
