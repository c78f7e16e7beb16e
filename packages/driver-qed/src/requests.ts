import { isPromise, type MaybePromise } from '@q/block';

/**
 * Data requests under way. A cluster that is freed while a request still reads or writes it must not be used for something else before that
 * request is done, so freed clusters wait for `settled`. A request that completes synchronously is never here.
 */
export class Requests {
  private readonly pending = new Set<Promise<unknown>>();

  /** Passes `request` through, remembering it while it goes on. */
  track<T>(request: MaybePromise<T>): MaybePromise<T> {
    if (!isPromise(request)) return request;
    this.pending.add(request);
    const forget = (): void => void this.pending.delete(request);
    request.then(forget, forget);
    return request;
  }

  /** Resolves when all requests that are under way now are done, however they end. */
  settled(): MaybePromise<void> {
    if (this.pending.size === 0) return;
    return Promise.allSettled(this.pending).then(() => undefined);
  }
}
