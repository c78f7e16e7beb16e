import { wait, type Steps } from '@q/block';
import { Tally, tallyWindows, type TallyWindow } from '@q/refcount';
import type { State } from '../state.ts';
import { tallyTree } from './tally-tree.ts';
import type { Tree } from './tree.ts';

/**
 * One user more, or less, for everything that a tree names.
 *
 * The tree is walked in the order of its L1 table; what it names is only counted then, a byte for each cluster. The refcounts are changed after that, in the order of their
 * blocks, each block once. An image of more than {@link TALLY_CLUSTERS} host clusters (4 TiB at 64 KiB) is done in windows, with a walk for each, so that
 * memory stays bounded.
 */
export class TreeChange {
  /** 1 for each L1 entry whose table had a COPIED flag when it was walked. */
  readonly copied: Uint8Array;
  private readonly state: State;
  private readonly tree: Tree;
  private readonly delta: 1 | -1;
  private readonly windows: readonly TallyWindow[];
  /** What was counted, when one window is all. */
  private kept: Tally | undefined;

  /** @param clusters as for `tallyWindows` */
  constructor(state: State, tree: Tree, delta: 1 | -1, clusters = state.tallyClusters) {
    this.state = state;
    this.tree = tree;
    this.delta = delta;
    this.copied = new Uint8Array(tree.l1.entries);
    this.windows = tallyWindows(state.refcounts, clusters);
  }

  /**
   * Changes nothing, and fails as `apply` would.
   * @throws ImageError `limit` for a count that would pass its width, `corrupt` for an entry that cannot be or a count that is too low
   */
  *check(): Steps<void> {
    for (const window of this.windows) {
      const tally = yield* this.count(window);
      yield* wait(this.state.refcounts.checkTally(tally, this.delta));
    }
  }

  /** Makes the change, in the cache of refcount blocks. When counts go up it is made whole or not at all; going down, what fails to be given back is a leak. Throws as `check`. */
  *apply(): Steps<void> {
    const { windows, delta } = this;
    if (windows.length > 1) yield* this.check();
    for (const [i, window] of windows.entries()) {
      try {
        yield* this.adjust(window, delta);
      } catch (error) {
        if (delta > 0) yield* this.undo(windows.slice(0, i));
        throw error;
      }
    }
  }

  /** Takes back what `apply` has done. */
  *undo(windows = this.windows): Steps<void> {
    for (const window of windows) yield* this.adjust(window, this.delta > 0 ? -1 : 1);
  }

  /** Forgets what was counted, which is large. */
  release(): void {
    this.kept = undefined;
  }

  private *adjust(window: TallyWindow, delta: 1 | -1): Steps<void> {
    const tally = yield* this.count(window);
    yield* wait(this.state.refcounts.adjustTally(tally, delta));
  }

  private *count(window: TallyWindow): Steps<Tally> {
    if (this.kept !== undefined) return this.kept;
    const tally = new Tally(this.state.geometry, window);
    yield* tallyTree(this.state, this.tree, tally, this.copied);
    if (this.windows.length === 1) this.kept = tally;
    return tally;
  }
}
