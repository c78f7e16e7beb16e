import type { Prng } from '@q/block';

/** The error of I/O that was made to fail. */
export class Fault extends Error {}

interface Waiting {
  readonly effect: () => void;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
  readonly name: string;
}

/** I/O that completes in a random order, each at its beginning, at its end, or with an error. */
export class Scheduler {
  faults: number;
  private readonly random: Prng;
  /** Whether it all happens at once. */
  readonly sync: boolean;
  private readonly queue: Waiting[] = [];

  constructor(random: Prng, faults: number, sync: boolean) {
    this.random = random;
    this.faults = faults;
    this.sync = sync;
  }

  get pending(): number {
    return this.queue.length;
  }

  /** Starts I/O with this effect. A failing write may have had its effect, or not. */
  start(name: string, effect: () => void): Promise<void> {
    if (this.sync) {
      if (!this.random.chance(this.faults)) {
        effect();
        return Promise.resolve();
      }
      return Promise.reject(new Fault(name));
    }
    return new Promise((resolve, reject) => {
      const early = this.random.chance(0.3);
      if (early) effect();
      this.queue.push({ name, effect: early ? () => {} : effect, resolve, reject });
    });
  }

  /** Completes one request, a random one. */
  step(): void {
    const [one] = this.queue.splice(this.random.below(this.queue.length), 1);
    if (one === undefined) return;
    if (this.random.chance(this.faults)) {
      if (this.random.chance(0.5)) one.effect();
      one.reject(new Fault(one.name));
      return;
    }
    one.effect();
    one.resolve();
  }
}
