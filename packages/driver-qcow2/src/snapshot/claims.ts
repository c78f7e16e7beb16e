import { run, wait, type Steps } from '@q/block';
import type { ClusterRange } from '@q/refcount';
import { settleHeader } from '../header-fields.ts';
import type { State } from '../state.ts';
import { giveBack, takeContiguous } from '../take-clusters.ts';
import { clustersOf } from './tree.ts';

/** New metadata on its way to be named by the header: its host clusters, and what else is to be undone when it comes to nothing. */
export class Claims {
  private readonly state: State;
  private readonly ranges: ClusterRange[] = [];
  private readonly undo: (() => Steps<void>)[] = [];

  constructor(state: State) {
    this.state = state;
  }

  /** Takes contiguous clusters for `bytes` bytes. @returns their host offset; 0 for no bytes @throws ImageError `no-space` */
  *take(bytes: number): Steps<number> {
    const { state } = this;
    if (bytes === 0) return 0;
    const { count } = clustersOf(state, 0, bytes);
    const first = yield* takeContiguous(state, count);
    this.ranges.push({ first, count });
    state.metadata.add(first * state.clusterSize, bytes);
    return first * state.clusterSize;
  }

  /** Something has been done that is to be undone when this comes to nothing. */
  done(undo: () => Steps<void>): void {
    this.undo.push(undo);
  }

  /**
   * Undoes everything, last first, as far as that is possible: what cannot be undone is a leak. When it is not sure what the header on disk names, nothing is undone. Never
   * fails: the error that led here is the one to report.
   */
  *abandon(): Steps<void> {
    const { state, ranges, undo } = this;
    const { file, refcounts } = state;
    try {
      yield* settleHeader(state);
    } catch {
      return;
    }
    const steps = ranges.map(
      ({ first, count }) =>
        () =>
          giveBack(state, first, count),
    );
    const last = function* (): Steps<void> {
      yield* wait(refcounts.write());
      yield* wait(file.flush());
    };
    for (const step of [...undo.reverse(), ...steps, last]) {
      try {
        yield* wait(run(step()));
      } catch {
        // A leak.
      }
    }
  }
}
