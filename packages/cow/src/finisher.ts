import { Gather, isPromise, type MaybePromise } from '@q/block';
import type { Allocation } from './allocation.ts';
import type { CowBackend, InFlightStats } from './backend.ts';

/** Brings allocations to their end: waits for the writes in flight, copies what is left, links. */
export class Finisher<Tag> {
  private readonly backend: CowBackend<Tag>;
  private readonly stats: InFlightStats;
  private readonly forget: (allocation: Allocation<Tag>) => void;

  /** @param forget takes the allocation out of the registry */
  constructor(
    backend: CowBackend<Tag>,
    stats: InFlightStats,
    forget: (allocation: Allocation<Tag>) => void,
  ) {
    this.backend = backend;
    this.stats = stats;
    this.forget = forget;
  }

  /** Copies what is left of an allocation and links it. Joins a finish that is going on; nothing when it is over. */
  finish(allocation: Allocation<Tag>): MaybePromise<void> {
    if (allocation.finishing !== undefined) return allocation.finishing;
    if (allocation.state !== 'open') return;
    allocation.state = 'closing';
    allocation.failed = false;
    try {
      const work = allocation.claims.size > 0 ? this.settle(allocation) : this.fill(allocation);
      if (!isPromise(work)) return;
      allocation.finishing = work.catch((error: unknown) => this.reopen(allocation, error));
      return allocation.finishing;
    } catch (error) {
      return this.reopen(allocation, error);
    }
  }

  /** Gives back an allocation of which nothing was written. */
  cancel(allocation: Allocation<Tag>): MaybePromise<void> {
    this.leave(allocation, 'cancelled');
    return this.backend.cancel(allocation);
  }

  /** Goes on after a failure, so that one bad cluster does not hold the others; the first error is the caller's. */
  finishEach(allocations: Iterable<Allocation<Tag>>): MaybePromise<void> {
    const gather = new Gather();
    for (const allocation of allocations) {
      try {
        gather.add(this.finish(allocation));
      } catch (error) {
        gather.fail(error);
      }
    }
    return gather.done();
  }

  private async settle(allocation: Allocation<Tag>): Promise<void> {
    while (allocation.claims.size > 0) await allocation.changed();
    return allocation.acknowledged === 0 ? this.cancel(allocation) : this.fill(allocation);
  }

  private fill(allocation: Allocation<Tag>): MaybePromise<void> {
    allocation.state = 'filling';
    if (allocation.holes.empty) return this.link(allocation);
    const holes = allocation.holes.list();
    const filled = this.backend.fill(allocation, holes);
    // They stay holes until the allocation is over: the backend may leave some of them to the old mapping (subclusters that nobody touched), where
    // they must be found after a failed link. That then copies the others again.
    const next = (): MaybePromise<void> => {
      const linked = this.link(allocation);
      const count = (): void => {
        for (const { from, to } of holes) this.stats.filledBytes += to - from;
      };
      return isPromise(linked) ? linked.then(count) : count();
    };
    return isPromise(filled) ? filled.then(next) : next();
  }

  private link(allocation: Allocation<Tag>): MaybePromise<void> {
    allocation.state = 'linking';
    const linked = this.backend.link(allocation);
    if (isPromise(linked)) return linked.then(() => this.leave(allocation, 'done'));
    this.leave(allocation, 'done');
  }

  private leave(allocation: Allocation<Tag>, state: 'done' | 'cancelled'): void {
    allocation.state = state;
    allocation.finishing = undefined;
    this.forget(allocation);
    allocation.wake();
  }

  private reopen(allocation: Allocation<Tag>, error: unknown): never {
    allocation.finishing = undefined;
    if (!allocation.over) {
      allocation.state = 'open';
      allocation.failed = true;
    }
    allocation.wake();
    throw error;
  }
}
