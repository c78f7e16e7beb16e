import { isPromise, type MaybePromise } from '@q/block';
import { SECTOR_BYTES } from '@q/crypt';

/** A request that holds its sectors, or waits for them. */
interface Hold {
  readonly from: number;
  readonly to: number;
  readonly writes: boolean;
  /** Settles when the request is over. Never rejects. */
  over: Promise<unknown> | undefined;
}

/**
 * Who is at work on which sectors of the guest's disk. A write of part of a sector reads, changes and writes all of it, so it must not meet another write
 * there; and a read that met any write could see half of a sector, which decrypts to noise. A request waits for the earlier ones it must not meet.
 */
export class SectorLocks {
  private readonly held = new Set<Hold>();

  /** Runs `work` on the sectors of `[start, end)`: at once when no earlier request is in the way. */
  run<T>(
    start: number,
    end: number,
    writes: boolean,
    work: () => MaybePromise<T>,
  ): MaybePromise<T> {
    const from = Math.floor(start / SECTOR_BYTES);
    const to = Math.ceil(end / SECTOR_BYTES);
    let earlier: Promise<unknown>[] | undefined;
    for (const other of this.held) {
      if (other.to <= from || to <= other.from || !(writes || other.writes)) continue;
      (earlier ??= []).push(other.over!);
    }
    const done = earlier === undefined ? work() : Promise.all(earlier).then(work);
    if (!isPromise(done)) return done;
    const hold: Hold = { from, to, writes, over: undefined };
    const release = (): void => void this.held.delete(hold);
    hold.over = done.then(release, release);
    this.held.add(hold);
    return done;
  }
}
