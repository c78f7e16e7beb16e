import { isPromise, type MaybePromise } from '@q/block';
import { InFlight, type Claim, type InFlightOptions, type Range } from '../../src/index.ts';

/** I/O that ends when the test says so. */
export interface Io {
  readonly name: string;
  end(error?: Error): Promise<void>;
}

/**
 * A backend that notes what it is asked for, and ends it when the test says so, or at once. Guest clusters are 100 bytes, so that
 * numbers can be read.
 */
export class ByHand {
  readonly log: string[] = [];
  readonly pending: Io[] = [];
  readonly inFlight: InFlight<string>;
  /** What ends at once, and how: an error, or not. Everything else waits. */
  readonly atOnce = new Map<string, Error | undefined>();

  constructor(options: Partial<InFlightOptions> = {}) {
    this.inFlight = new InFlight<string>(
      {
        fill: (allocation, holes) => this.start(`fill ${allocation.tag} ${show(holes)}`),
        link: (allocation) => this.start(`link ${allocation.tag}`),
        cancel: (allocation) => this.start(`cancel ${allocation.tag}`),
      },
      { clusterSize: 100, ...options },
    );
  }

  /** Allocates `clusters` clusters from guest offset `guest` on, for a request over `[from, to)`. */
  begin(tag: string, guest: number, from: number, to: number, clusters = 1): Claim<string> {
    return this.inFlight.begin(
      { guest, host: guest + 10_000, length: clusters * 100, tag },
      from,
      to,
    );
  }

  /** Joins what is there, which must be open over all of `[from, to)`. */
  join(from: number, to: number): Claim<string> {
    const met = this.inFlight.meet(from, to);
    if (met.kind !== 'join' || met.to !== to) throw new Error(`${from}: ${met.kind} to ${met.to}`);
    return this.inFlight.join(met.allocation, from, to);
  }

  /** The one I/O under way whose name begins so. */
  io(name: string): Io {
    const found = this.pending.find((io) => io.name.startsWith(name));
    if (found === undefined)
      throw new Error(`no ${name} among ${this.pending.map((io) => io.name).join(', ')}`);
    return found;
  }

  /** Ends all I/O that is under way now, well. */
  async endAll(): Promise<void> {
    const all = this.pending.slice();
    for (const io of all) await io.end();
  }

  private start(name: string): MaybePromise<void> {
    this.log.push(name);
    for (const [prefix, error] of this.atOnce) {
      if (!name.startsWith(prefix)) continue;
      if (error !== undefined) throw error;
      return;
    }
    return new Promise((resolve, reject) => {
      const io: Io = {
        name,
        end: async (error) => {
          this.pending.splice(this.pending.indexOf(io), 1);
          if (error === undefined) resolve();
          else reject(error);
          await turns();
        },
      };
      this.pending.push(io);
    });
  }
}

/** Lets everything happen that needs no I/O. */
export async function turns(): Promise<void> {
  for (let i = 0; i < 20; i++) await undefined;
}

export function show(ranges: readonly Range[]): string {
  return ranges.map(({ from, to }) => `${from}-${to}`).join(' ');
}

/** What has become of a promise by now, or of a call that needed none: `pending`, `fine`, or the error. */
export function outcome(work: MaybePromise<unknown>): { state: string } {
  const seen = { state: 'fine' };
  if (!isPromise(work)) return seen;
  seen.state = 'pending';
  work.then(
    () => (seen.state = 'fine'),
    (error: unknown) => (seen.state = String(error)),
  );
  return seen;
}

/** Where an allocation's guest bytes are read, as ranges of those that have left their old place. */
export function moved(inFlight: InFlight<string>, from: number, to: number): string {
  const ranges: Range[] = [];
  for (let at = from; at < to;) {
    const place = inFlight.locate(at, to);
    if (place.host >= 0) ranges.push({ from: at, to: place.to });
    at = place.to;
  }
  return show(ranges);
}
