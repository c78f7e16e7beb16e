import { ImageError, wait, type BlockDevice, type MaybePromise, type Steps } from '@q/block';
import type { CowAllocation } from './cow-source.ts';
import type { State } from './state.ts';

/** Clusters that were taken. */
export interface NewClusters {
  /** Host offset of the first one. */
  readonly host: number;
  /** Nothing has ever been written there: they read as zeroes. */
  readonly fresh: boolean;
}

/**
 * Where new clusters come from: the end of the file, and nowhere else. The format knows no free clusters.
 *
 * The file is grown when clusters are taken, under the image lock, so that everything an entry names is in the file, whole, before the entry is
 * written; no write of data ever changes the size. A last cluster that is not whole is left alone.
 */
export class EndOfFile {
  /** Host offset of the next cluster. */
  next: number;
  /** Where the last cluster ends that an entry may name, bytes. */
  hostEnd: number;
  private readonly file: BlockDevice;
  private readonly clusterSize: number;
  /** From here on nothing was ever written. */
  private untouched: number;

  constructor(file: BlockDevice, clusterSize: number) {
    this.file = file;
    this.clusterSize = clusterSize;
    this.hostEnd = Math.floor(file.size / clusterSize) * clusterSize;
    this.next = Math.ceil(file.size / clusterSize) * clusterSize;
    this.untouched = this.next;
  }

  /**
   * Takes `count` contiguous clusters. The caller holds the image lock.
   * @throws ImageError `no-space`, `io`; `limit` when the file cannot be addressed any more
   */
  *take(count: number): Steps<NewClusters> {
    const host = this.next;
    const end = host + count * this.clusterSize;
    if (!Number.isSafeInteger(end)) {
      throw new ImageError('limit', `The file cannot grow to ${end} bytes.`, { found: end });
    }
    if (this.file.size < end) yield* wait(this.file.resize(end));
    const fresh = host >= this.untouched;
    this.next = end;
    this.hostEnd = end;
    this.untouched = Math.max(this.untouched, end);
    return { host, fresh };
  }

  /** Gives back what nothing has ever named. What is not at the end is lost until the image is copied. */
  giveBack(host: number, bytes: number): void {
    if (host + bytes === this.next) this.next = host;
  }

  /** Cuts off what was given back. The caller holds the image lock, and nothing is in flight. */
  *trim(): Steps<void> {
    if (this.file.size > this.next) yield* wait(this.file.resize(this.next));
  }
}

/** Gives back what an allocation had taken: the registry's `cancel`. */
export function cancel(state: State, allocation: CowAllocation): MaybePromise<void> {
  state.end.giveBack(allocation.host, allocation.length);
}
