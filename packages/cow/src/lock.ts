import { isPromise, type MaybePromise } from '@q/block';

/**
 * The image lock: one holder at a time, first come first served, and no promise at all while nobody waits and the work is synchronous.
 *
 * Held while mappings are inspected or changed (metadata I/O included), never while guest data or copied bytes move.
 * The next one gets it before those who wait for the result go on: begin inside what relies on the answer.
 * Not re-entrant: work that waits inside for a `run` of the same lock waits for itself.
 */
export class Lock {
  private held = false;
  private readonly queue: (() => void)[] = [];

  /** Whether somebody holds it now. */
  get busy(): boolean {
    return this.held;
  }

  /** Runs `work` alone. Its error, thrown or rejected, is the caller's; the lock is let go either way. */
  run<T>(work: () => MaybePromise<T>): MaybePromise<T> {
    if (this.held) {
      return new Promise<void>((resolve) => this.queue.push(resolve)).then(() => this.enter(work));
    }
    this.held = true;
    return this.enter(work);
  }

  private enter<T>(work: () => MaybePromise<T>): MaybePromise<T> {
    let result: MaybePromise<T>;
    try {
      result = work();
    } catch (error) {
      this.leave();
      throw error;
    }
    if (!isPromise(result)) {
      this.leave();
      return result;
    }
    return result.finally(() => this.leave());
  }

  /** Hands over to the next in the queue without letting anybody in between. */
  private leave(): void {
    const next = this.queue.shift();
    if (next === undefined) this.held = false;
    else next();
  }
}
