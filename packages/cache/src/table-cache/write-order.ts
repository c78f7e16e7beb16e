import { chain, isPromise, type BlockDevice, type MaybePromise } from '@q/block';

/** What the order of writes needs of the cache it belongs to. */
export interface OrderedWriter {
  readonly device: BlockDevice;
  /** Nothing is dirty, on its way, or written but not flushed. */
  isDurable(): boolean;
  /** Writes all dirty tables and flushes the device. */
  flush(): MaybePromise<void>;
}

/**
 * What has to be durable before tables of one cache may be written: the tables of another cache (an *edge*), or what was written to some device (a *barrier*).
 *
 * Requirements have numbers. A write-back takes the number of the newest one with its copy of the bytes, and may be sent when all requirements up to that number
 * are met; ones that are added later concern later copies. So a steady stream of new requirements delays nobody for ever.
 *
 * Edges never form a chain: an edge to a cache that has one itself first has that one met. So they never form a cycle either, and every cache without an edge can
 * always be written. While that goes on, other changes to the edges of the two wait for their turn.
 */
export class WriteOrder {
  /** The number of the newest requirement. */
  newest = 0;
  /** Flushes that were made to meet requirements. */
  forcedFlushes = 0;
  private readonly writer: OrderedWriter;
  private met = 0;
  private edge: WriteOrder | undefined;
  private edgeNumber = 0;
  private readonly barriers = new Map<BlockDevice, number>();
  private meeting: { readonly upTo: number; readonly done: Promise<void> } | undefined;
  private changing: Promise<void> | undefined;

  constructor(writer: OrderedWriter) {
    this.writer = writer;
  }

  /** Copies made from now on wait for a flush of `device` that starts from now on. */
  requireFlush(device: BlockDevice): void {
    this.barriers.set(device, ++this.newest);
  }

  /** Copies made from now on wait until everything that is dirty in `other` now is durable. A promise while an older edge is in the way. */
  dependOn(other: WriteOrder): MaybePromise<void> {
    const turn = this.changing ?? other.changing;
    if (turn !== undefined) return turn.then(() => this.dependOn(other));
    let cleared: MaybePromise<void> = undefined;
    if (other.edge !== undefined) cleared = other.reach(other.edgeNumber);
    else if (this.edge !== undefined && this.edge !== other) cleared = this.reach(this.edgeNumber);
    else {
      this.edge = other;
      this.edgeNumber = ++this.newest;
      return;
    }
    if (!isPromise(cleared)) return this.dependOn(other);
    const open = (): void => {
      this.changing = undefined;
      other.changing = undefined;
    };
    const done = cleared.then(
      () => {
        open();
        return this.dependOn(other);
      },
      (error: unknown) => {
        open();
        throw error;
      },
    );
    // Those who wait for their turn look again whatever came of this one.
    this.changing = done.catch(() => {});
    other.changing = this.changing;
    return done;
  }

  /** Has all requirements up to this number met. Throws, or rejects, with what a flush failed with. */
  reach(number: number): MaybePromise<void> {
    if (this.met >= number) return;
    if (this.meeting !== undefined && this.meeting.upTo >= number) return this.meeting.done;
    const upTo = this.newest;
    const result = this.meet();
    if (!isPromise(result)) {
      this.metUpTo(upTo);
      return;
    }
    const done: Promise<void> = result.then(
      () => {
        if (this.meeting?.done === done) this.meeting = undefined;
        this.metUpTo(upTo);
      },
      (error: unknown) => {
        if (this.meeting?.done === done) this.meeting = undefined;
        throw error;
      },
    );
    this.meeting = { upTo, done };
    return done;
  }

  private metUpTo(number: number): void {
    if (number > this.met) this.met = number;
    if (this.edgeNumber <= number) this.edge = undefined;
    for (const [device, since] of this.barriers) {
      if (since <= number) this.barriers.delete(device);
    }
  }

  private meet(): MaybePromise<void> {
    const flushes: (() => MaybePromise<void>)[] = [];
    const first = this.edge?.writer;
    const needed = first !== undefined && !first.isDurable();
    if (needed) flushes.push(() => first.flush());
    for (const device of this.barriers.keys()) {
      // The flush of the other cache ends with a flush of its device.
      if (!needed || first.device !== device) flushes.push(() => device.flush());
    }
    this.forcedFlushes += flushes.length;
    let done: MaybePromise<void> = undefined;
    for (const flush of flushes) done = chain(done, flush);
    return done;
  }
}
