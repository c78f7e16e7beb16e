import { Prng, type MaybePromise } from '@q/block';
import { InFlight, Lock, type Allocation, type Claim, type Range } from '../../src/index.ts';
import { History } from './history.ts';
import { Scheduler } from './scheduler.ts';

/** Units of a guest cluster: small, so that requests meet all the time. */
export const CLUSTER = 16;
export const CLUSTERS = 12;
export const SIZE = CLUSTER * CLUSTERS;

export interface WorldOptions {
  readonly seed: number;
  readonly takeOver: boolean;
  readonly granule: number;
  readonly maxOpen: number;
  /** Part of the I/O that fails, 0 to 1. */
  readonly faults: number;
  /** Whether I/O completes at once. */
  readonly sync: boolean;
}

/** What a run of clusters was mapped to before. */
interface Tag {
  readonly old: number;
  /** What may not be broken: units copied so far, and whether something of it has failed, after which a copy may be made again. */
  readonly copied: Set<number>;
  failed: boolean;
  ended: boolean;
}

/**
 * A disk with copy-on-write: a mapping from guest clusters to host places, all of which begin shared, so that the first write to each moves
 * it. A unit holds the number of the write that wrote it. Every rule of the registry is checked where it could be broken.
 */
export class World {
  readonly random: Prng;
  readonly io: Scheduler;
  readonly history = new History(SIZE);
  readonly inFlight: InFlight<Tag>;
  readonly lock = new Lock();
  readonly granule: number;
  /** Host place of each guest cluster, in units; and whether it may be written in place. */
  readonly places = Array.from({ length: CLUSTERS }, (_, i) => i * CLUSTER);
  readonly own = Array.from({ length: CLUSTERS }, () => false);
  /** Host units: the write that wrote each, 0 for what was there at the beginning; -1 never written. */
  readonly host: number[];
  /** Host clusters given back. */
  readonly freed = new Set<number>();
  private inPlace = 0;

  constructor(options: WorldOptions) {
    this.random = new Prng(options.seed);
    this.io = new Scheduler(this.random, options.faults, options.sync);
    this.granule = options.granule;
    this.host = Array.from({ length: SIZE }, () => 0);
    this.inFlight = new InFlight<Tag>(
      {
        fill: (allocation, holes) => this.fill(allocation, holes),
        link: (allocation) => this.lock.run(() => this.link(allocation)),
        cancel: (allocation) => this.cancel(allocation),
      },
      { clusterSize: CLUSTER, ...options },
    );
  }

  async write(from: number, to: number): Promise<void> {
    const id = this.history.begin(from, to);
    const parts: MaybePromise<void>[] = [];
    const planned = this.writeParts(from, to, id, parts);
    await planned.catch(() => {});
    // All parts are over before the request is.
    const results = await Promise.allSettled([planned, ...parts]);
    const bad = results.find((result) => result.status === 'rejected');
    this.history.end(id, bad === undefined);
    if (bad !== undefined) throw bad.reason;
    await this.inFlight.trim();
  }

  private async writeParts(
    from: number,
    to: number,
    id: number,
    parts: MaybePromise<void>[],
  ): Promise<void> {
    for (let at = from; at < to;) {
      const start = at;
      const plan = await this.lock.run(() => this.plan(start, to, id));
      if (plan.kind === 'wait') {
        await plan.until;
        continue;
      }
      const part = plan.kind === 'claim' ? this.writeClaim(plan.claim, id) : plan.written;
      // Heard when all are over.
      part.catch(() => {});
      parts.push(part);
      at = plan.to;
    }
  }

  private async plan(
    at: number,
    to: number,
    id: number,
  ): Promise<
    | { readonly kind: 'wait'; readonly until: Promise<void> }
    | { readonly kind: 'claim'; readonly claim: Claim<Tag>; readonly to: number }
    | { readonly kind: 'place'; readonly written: Promise<void>; readonly to: number }
  > {
    const met = this.inFlight.meet(at, to);
    if (met.kind === 'wait') return { kind: 'wait', until: met.allocation.changed() };
    if (met.kind === 'join') {
      return {
        kind: 'claim',
        claim: this.inFlight.join(met.allocation, at, met.to),
        to: met.to,
      };
    }
    const first = Math.floor(at / CLUSTER);
    const own = this.own[first]!;
    let last = first + 1;
    while (last * CLUSTER < met.to && this.own[last] === own && last - first < 3) last++;
    const end = Math.min(met.to, last * CLUSTER);
    if (own) {
      const stop = Math.min(end, (first + 1) * CLUSTER);
      // Begun under the lock: whoever holds it next can see that it is under way.
      const written = this.writeInPlace(at, stop, id);
      // Heard when all parts are over.
      written.catch(() => {});
      return { kind: 'place', written, to: stop };
    }
    // Choosing clusters takes a while.
    await this.io.start('allocate', () => {});
    const old = this.places[first]!;
    // A run is contiguous in its old place, too.
    let next = first + 1;
    while (next < last && this.places[next] === old + (next - first) * CLUSTER) next++;
    last = next;
    const stop = Math.min(end, last * CLUSTER);
    const host = this.host.length;
    for (let i = 0; i < (last - first) * CLUSTER; i++) this.host.push(-1);
    const tag: Tag = { old, copied: new Set(), failed: false, ended: false };
    const run = { guest: first * CLUSTER, host, length: (last - first) * CLUSTER, tag };
    return { kind: 'claim', claim: this.inFlight.begin(run, at, stop), to: stop };
  }

  private writeInPlace(from: number, to: number, id: number): Promise<void> {
    const cluster = Math.floor(from / CLUSTER);
    const host = this.places[cluster]! + (from % CLUSTER);
    this.inPlace++;
    return this.io
      .start('write', () => this.host.fill(id, host, host + to - from))
      .finally(() => this.inPlace--);
  }

  private async writeClaim(claim: Claim<Tag>, id: number): Promise<void> {
    const { allocation, head, from, to, tail } = claim;
    try {
      const before = await this.readOld(allocation, head, from);
      const after = await this.readOld(allocation, to, tail);
      const bytes = [...before, ...Array.from({ length: to - from }, () => id), ...after];
      this.noteCopy(allocation, head, from);
      this.noteCopy(allocation, to, tail);
      await this.io.start('write', () => this.put(allocation, head, bytes));
    } catch (error) {
      allocation.tag.failed = true;
      await this.inFlight.fail(claim);
      throw error;
    }
    await this.inFlight.complete(claim);
  }

  private readOld(allocation: Allocation<Tag>, from: number, to: number): Promise<number[]> {
    const start = allocation.tag.old + (from - allocation.guest);
    if (from === to) return Promise.resolve([]);
    let bytes: number[] = [];
    return this.io
      .start('read', () => (bytes = this.host.slice(start, start + to - from)))
      .then(() => bytes);
  }

  private put(allocation: Allocation<Tag>, guest: number, bytes: readonly number[]): void {
    const at = allocation.hostOf(guest);
    for (const [i, byte] of bytes.entries()) this.host[at + i] = byte;
  }

  /** No unit is copied twice, unless something failed. */
  private noteCopy(allocation: Allocation<Tag>, from: number, to: number): void {
    const { copied, failed } = allocation.tag;
    for (let at = from; at < to; at++) {
      if (copied.has(at) && !failed) throw new RangeError(`unit ${at} is copied twice`);
      copied.add(at);
    }
  }

  private async fill(allocation: Allocation<Tag>, holes: readonly Range[]): Promise<void> {
    if (allocation.claims.size > 0) throw new RangeError('a copy overtakes a write in flight');
    try {
      for (const { from, to } of holes) {
        const bytes = await this.readOld(allocation, from, to);
        this.noteCopy(allocation, from, to);
        await this.io.start('write', () => this.put(allocation, from, bytes));
      }
    } catch (error) {
      allocation.tag.failed = true;
      throw error;
    }
  }

  private async link(allocation: Allocation<Tag>): Promise<void> {
    const { tag, claims } = allocation;
    if (claims.size > 0) throw new RangeError('linked before all is written');
    if (tag.ended) throw new RangeError('ended twice');
    try {
      await this.io.start('link', () => {});
    } catch (error) {
      tag.failed = true;
      throw error;
    }
    const bytes = this.host.slice(allocation.host, allocation.host + allocation.length);
    if (bytes.includes(-1)) throw new RangeError('linked with units that nobody wrote');
    tag.ended = true;
    for (let at = allocation.guest; at < allocation.end; at += CLUSTER) {
      this.places[at / CLUSTER] = allocation.hostOf(at);
      this.own[at / CLUSTER] = true;
    }
  }

  private async cancel(allocation: Allocation<Tag>): Promise<void> {
    if (allocation.tag.ended) throw new RangeError('ended twice');
    if (allocation.acknowledged > 0) throw new RangeError('acknowledged writes are given up');
    allocation.tag.ended = true;
    this.freed.add(allocation.host);
    await this.io.start('cancel', () => {});
  }

  async read(from: number, to: number): Promise<void> {
    const since = this.history.now();
    const parts: Promise<void>[] = [];
    const found: number[] = [];
    for (let at = from; at < to;) {
      const place = this.inFlight.locate(
        at,
        Math.min(to, (Math.floor(at / CLUSTER) + 1) * CLUSTER),
      );
      const host =
        place.host >= 0 ? place.host : this.places[Math.floor(at / CLUSTER)]! + (at % CLUSTER);
      const [start, end] = [at, place.to];
      parts.push(
        this.io.start('read', () => {
          for (let i = start; i < end; i++) found[i - from] = this.host[host + i - start]!;
        }),
      );
      at = end;
    }
    const results = await Promise.allSettled(parts);
    const bad = results.find((result) => result.status === 'rejected');
    if (bad !== undefined) throw bad.reason;
    for (const [i, id] of found.entries()) this.history.check(from + i, id, since);
  }

  async flush(): Promise<void> {
    const since = this.history.now();
    await this.inFlight.finishAll();
    // All that was acknowledged before is mapped after.
    for (let at = 0; at < SIZE; at++) {
      const id = this.host[this.places[Math.floor(at / CLUSTER)]! + (at % CLUSTER)]!;
      this.history.check(at, id, since);
    }
  }

  /** All clusters are shared from then on, as after a snapshot. */
  async snapshot(): Promise<void> {
    await this.inFlight.quiesce(this.lock, async () => {
      while (this.inPlace > 0) await undefined;
      await this.io.start('snapshot', () => {});
      if (this.inFlight.count !== 1) throw new RangeError('something is in flight');
      this.own.fill(false);
    });
  }
}
