import { isPromise, type MaybePromise } from './maybe.ts';

/**
 * Requests started together and waited for together. While all of them complete synchronously there is no promise.
 *
 * A buffer belongs to its device until the request has completed, so nothing may be let go, not even by an error, before all have settled:
 * `done` waits for every one, then throws the first error.
 */
export class Gather {
  private pending: Promise<unknown>[] | undefined;
  private failed = false;
  private error: unknown;

  /** Takes in a request that has been started. */
  add(request: MaybePromise<unknown>): void {
    if (isPromise(request)) (this.pending ??= []).push(request);
  }

  /** Takes in an error that was thrown; the first one wins. */
  fail(error: unknown): void {
    if (this.failed) return;
    this.failed = true;
    this.error = error;
  }

  /** When all have settled: nothing, or the first error. */
  done(): MaybePromise<void> {
    const { pending } = this;
    if (pending === undefined) {
      if (this.failed) throw this.error;
      return;
    }
    return Promise.allSettled(pending).then((results) => {
      for (const result of results) if (result.status === 'rejected') this.fail(result.reason);
      if (this.failed) throw this.error;
    });
  }
}
