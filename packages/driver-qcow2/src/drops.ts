import { isPromise, type MaybePromise } from '@q/block';

/** Writes of tables that no longer exist and were under way when their clusters were freed: the clusters may be used again after `done`. */
export class Drops {
  private pending: Promise<void>[] = [];

  add(drop: MaybePromise<void>): void {
    if (isPromise(drop)) this.pending.push(drop);
  }

  done(): MaybePromise<void> {
    if (this.pending.length === 0) return;
    const { pending } = this;
    this.pending = [];
    return Promise.allSettled(pending).then(() => undefined);
  }
}
