import {
  checkRange,
  ImageError,
  isPromise,
  readPadded,
  run,
  type BlockDevice,
  type Extent,
  type MaybePromise,
  type WriteZeroesOptions,
} from '@q/block';
import type { TableCacheStats } from '@q/cache';
import type { InFlightStats } from '@q/cow';
import {
  hostOffsetOf,
  isCopied,
  L2_DATA,
  l2Kind,
  type Geometry,
  type HeaderCluster,
  type Snapshot,
} from '@q/format';
import { amend, type Qcow2AmendOptions } from './amend.ts';
import { flushSteps, settle } from './commit.ts';
import { writeCompressed } from './compressed-write.ts';
import { discardSectors, readSectors, writeSectors, zeroSectors } from './encryption/requests.ts';
import { extentsOf } from './extents.ts';
import { NOT_LOOKED_UP, readMapped } from './read.ts';
import type { Preallocation } from './preallocate.ts';
import { preallocateNew } from './preallocate-new.ts';
import { resize, type Qcow2ResizeOptions } from './resize.ts';
import { applySnapshot } from './snapshot/apply.ts';
import { createSnapshot } from './snapshot/create.ts';
import type { CreateSnapshotOptions } from './snapshot/create-options.ts';
import { deleteSnapshot } from './snapshot/delete.ts';
import type { CowTraffic, State } from './state.ts';
import { writeMapped } from './write.ts';
import { discardMapped, zeroMapped } from './zero.ts';

/** An open QCOW2 image: the guest's disk as a block device. */
export class Qcow2Image implements BlockDevice {
  readonly readOnly: boolean;
  readonly growable = false;
  private readonly state: State;
  private closed = false;

  /** @internal Use `open`. */
  constructor(state: State) {
    this.state = state;
    this.readOnly = !state.writable;
  }

  /** Bytes of the guest's disk. */
  get size(): number {
    return this.state.size;
  }

  /** Sizes and limits that follow from the header. */
  get geometry(): Geometry {
    return this.state.geometry;
  }

  /** The header, its extensions and the backing file's name. */
  get header(): HeaderCluster {
    return this.state.cluster;
  }

  /** The internal snapshots, in the order of their table. To read one, `open` the file again with its id or name. */
  snapshots(): readonly Snapshot[] {
    return this.state.snapshots.list;
  }

  /** What the cache of L2 slices has counted. */
  get l2Stats(): TableCacheStats {
    return this.state.l2.stats;
  }

  /** What copy-on-write has copied. */
  get cowTraffic(): Readonly<CowTraffic> {
    return this.state.cow;
  }

  /** What the registry of allocations in flight has counted. */
  get inFlightStats(): Readonly<InFlightStats> {
    return this.state.inFlight.stats;
  }

  /**
   * Fills `into` from guest offset `offset`. Synchronous when the slice is cached and the file reads synchronously.
   * @throws RangeError outside of the disk; ImageError `corrupt`, `io`, `unsupported`
   */
  read(into: Uint8Array, offset: number): MaybePromise<void> {
    const { state } = this;
    const length = into.length;
    if (
      this.closed ||
      !(offset >= 0 && offset + length <= state.size) ||
      Math.floor(offset) !== offset
    ) {
      this.requireOpen();
      checkRange(offset, length, state.size);
    }
    // The hot path: one cluster, its slice cached, its bytes in the file. Nothing is allocated and nothing waits here.
    const { clusterSize, slices, geometry } = state;
    const cluster = Math.floor(offset / clusterSize);
    const inCluster = offset - cluster * clusterSize;
    if (inCluster + length > clusterSize || state.special || state.inFlight.count !== 0) {
      const { encryption } = state;
      if (encryption !== undefined) return readSectors(state, encryption, into, offset);
      return readMapped(state, into, offset, NOT_LOOKED_UP);
    }
    const l1Index = Math.floor(cluster / geometry.l2Entries);
    const table = state.l1.tables[l1Index]!;
    if (table <= 0) return readMapped(state, into, offset, NOT_LOOKED_UP);
    const l2Index = cluster - l1Index * geometry.l2Entries;
    const inTable = Math.floor(l2Index / slices.entries);
    const slot = state.l2.lookup(table + inTable * slices.bytes);
    if (slot < 0) return readMapped(state, into, offset, slot);
    const entry = (l2Index - inTable * slices.entries) * 8;
    const hi = state.l2.u32(slot, entry);
    const lo = state.l2.u32(slot, entry + 4);
    if (l2Kind(hi, lo, geometry.l2Rules) !== L2_DATA) return readMapped(state, into, offset, slot);
    const done = readPadded(state.data, into, hostOffsetOf(hi, lo) + inCluster);
    return isPromise(done) ? state.requests.track(done) : done;
  }

  /**
   * Writes `from` at guest offset `offset`. Bytes are durable after the next flush.
   * @throws RangeError outside of the disk; ImageError `read-only`, `no-space`, `corrupt`, `io`
   */
  write(from: Uint8Array, offset: number): MaybePromise<void> {
    const { state } = this;
    const length = from.length;
    this.checkWrite(offset, length);
    // The hot path: inside one cluster that is mapped, cached and has no other user.
    const { clusterSize, slices, geometry } = state;
    const cluster = Math.floor(offset / clusterSize);
    const inCluster = offset - cluster * clusterSize;
    const l1Index = Math.floor(cluster / geometry.l2Entries);
    if (
      !state.prepared ||
      state.corrupt ||
      state.special ||
      inCluster + length > clusterSize ||
      state.inFlight.count !== 0 ||
      state.l1.copied[l1Index] !== 1 ||
      length === 0
    ) {
      const { encryption } = state;
      if (encryption !== undefined) return writeSectors(state, encryption, from, offset);
      return writeMapped(state, from, offset);
    }
    const l2Index = cluster - l1Index * geometry.l2Entries;
    const inTable = Math.floor(l2Index / slices.entries);
    const slot = state.l2.lookup(state.tableOf(offset) + inTable * slices.bytes);
    if (slot < 0) return writeMapped(state, from, offset, slot);
    const entry = (l2Index - inTable * slices.entries) * 8;
    const hi = state.l2.u32(slot, entry);
    const lo = state.l2.u32(slot, entry + 4);
    const host = hostOffsetOf(hi, lo);
    if (
      !isCopied(hi) ||
      l2Kind(hi, lo, geometry.l2Rules) !== L2_DATA ||
      state.metadata.overlapBytes(host, 1) >= 0
    ) {
      return writeMapped(state, from, offset, slot);
    }
    const done = state.data.write(from, host + inCluster);
    return isPromise(done) ? state.requests.track(done) : done;
  }

  /**
   * Writes whole clusters compressed, with the codec of the image; where that saves nothing they are stored as they are. Give many clusters at a time:
   * they are compressed on all cores. What was there is replaced. Bytes are durable after the next flush.
   * @param offset a multiple of the cluster size, as is the length of `from`, but for the end of the disk
   * @throws RangeError for other ranges; ImageError as `write`, and `unsupported` with an external data file or encryption
   */
  async writeCompressed(from: Uint8Array, offset: number): Promise<void> {
    const { state } = this;
    const { clusterSize } = state;
    const end = offset + from.length;
    this.checkWrite(offset, from.length);
    if (offset % clusterSize !== 0 || (end % clusterSize !== 0 && end !== state.size)) {
      throw new RangeError(
        `compressed writes are of whole clusters (${clusterSize} bytes); ${offset} to ${end} are not`,
      );
    }
    if (state.data !== state.file || state.cluster.header.cryptMethod !== 0) {
      throw new ImageError(
        'unsupported',
        'An image with an external data file, or with encryption, has no compressed clusters. Write uncompressed.',
      );
    }
    await writeCompressed(state, from, offset);
  }

  /**
   * Makes the range read as zeroes. With `unmap` host clusters are given back, without it they are kept where that is possible.
   * @throws as `write`
   */
  writeZeroes(
    offset: number,
    length: number,
    options: WriteZeroesOptions = {},
  ): MaybePromise<void> {
    this.checkWrite(offset, length);
    const { state } = this;
    const { encryption } = state;
    const unmap = options.unmap ?? false;
    if (encryption !== undefined) return zeroSectors(state, encryption, offset, length, unmap);
    return zeroMapped(state, offset, length, unmap);
  }

  /**
   * Gives back the host clusters of all whole clusters in the range (the disk's end counts as a cluster's end); they read as zeroes afterwards.
   * Nothing happens where that cannot be said: in version 2 images with a backing file, and with an external data file.
   * @throws as `write`
   */
  discard(offset: number, length: number): MaybePromise<void> {
    this.checkWrite(offset, length);
    const { state } = this;
    const { encryption } = state;
    if (encryption !== undefined) return discardSectors(state, encryption, offset, length);
    return discardMapped(state, offset, length);
  }

  /**
   * Changes the size of the disk to `size` bytes, rounded up to 512. New bytes read as zeroes, whatever the backing file has there. Waits for all requests, and lets new
   * ones wait. Durable when it returns. After a failure the disk has the old size, or, when shrinking, perhaps the new one already: see `size`.
   * Shrinking gives back what lies behind the end, and cuts the file where its end is free.
   * @throws RangeError for a smaller size without `shrink`; ImageError `unsupported` (persistent bitmaps; version 2 with snapshots, or with a longer
   * backing file), `limit` for a size that the cluster size does not allow, and as `write`
   */
  async resize(size: number, options: Qcow2ResizeOptions = {}): Promise<void> {
    this.checkWrite(0, 0);
    await resize(this.state, size, options);
  }

  /**
   * Takes an internal snapshot of the disk, durably. Requests that are under way are finished before; new writes wait, reads go on.
   * A failure changes nothing, or leaks clusters where the file cannot be written any more.
   * @returns the snapshot
   * @throws RangeError for an id that is there already; ImageError `limit` (a refcount is at the greatest count of its width; too many snapshots), `unsupported` (external data
   * file), `corrupt`, and as `write`
   */
  async createSnapshot(options: CreateSnapshotOptions): Promise<Snapshot> {
    this.checkWrite(0, 0);
    return await createSnapshot(this.state, options);
  }

  /**
   * Makes the disk what it was when the snapshot was taken, its size included, durably; what was written since is lost. The snapshot stays. Requests as for `createSnapshot`.
   * A power cut leaves the disk as it was before, or as it was then. After a failure see `size` and `header`: it may have failed at giving back what is not needed any more.
   * @param idOrName its id or, when no id matches, its name
   * @throws RangeError for a snapshot that is not there; ImageError `refused` (persistent bitmaps), `unsupported` (external data file; another size in version 2), and as
   * `createSnapshot`
   */
  async applySnapshot(idOrName: string): Promise<void> {
    this.checkWrite(0, 0);
    await applySnapshot(this.state, idOrName);
  }

  /**
   * Deletes a snapshot, durably. Requests as for `createSnapshot`. After a failure see `snapshots`: it may have failed at giving back its clusters, which are leaked then.
   * @param idOrName its id or, when no id matches, its name
   * @throws RangeError for a snapshot that is not there; ImageError as `createSnapshot`
   */
  async deleteSnapshot(idOrName: string): Promise<void> {
    this.checkWrite(0, 0);
    await deleteSnapshot(this.state, idOrName);
  }

  /**
   * Changes what the image is: version, lazy refcounts, the name and format of its backing file. Durable when it returns; waits for all requests, and lets new ones wait. The
   * backing device at hand stays in use until the image is closed.
   * @throws RangeError for options that contradict each other; ImageError `unsupported` for version 2 when the image has what that cannot have, `no-space` for a name that does not
   * fit the header's cluster, and as `write`
   */
  async amend(options: Qcow2AmendOptions): Promise<void> {
    this.checkWrite(0, 0);
    await amend(this.state, options);
  }

  /** @internal For `create`. */
  async preallocate(mode: Exclude<Preallocation, 'off'>): Promise<void> {
    await preallocateNew(this.state, mode);
  }

  /** What the range is made of, backing chain included. Neighbouring extents that are alike and contiguous are one. */
  extents(offset: number, length: number): AsyncIterable<Extent> {
    this.requireOpen();
    checkRange(offset, length, this.state.size);
    return extentsOf(this.state, offset, length);
  }

  /** Everything acknowledged before is durable after. After a failure nothing is lost: the next flush tries again. */
  flush(): MaybePromise<void> {
    this.requireOpen();
    if (this.state.writable) return run(flushSteps(this.state));
  }

  /**
   * Flushes and lets go. Closes what the image's gates opened; the file it was opened on stays open, for whoever opened it. When the flush fails the image stays open.
   */
  async close(): Promise<void> {
    this.requireOpen();
    const { state } = this;
    if (state.writable && !state.corrupt) await run(settle(state));
    await state.requests.settled();
    this.closed = true;
    if (state.data !== state.file) await state.data.close();
    await state.backing?.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.closed) await this.close();
  }

  private requireOpen(): void {
    if (this.closed) throw new TypeError('The image is closed.');
  }

  private checkWrite(offset: number, length: number): void {
    if (this.closed) this.requireOpen();
    if (this.readOnly) {
      throw new ImageError('read-only', 'The image is open for reading only.');
    }
    checkRange(offset, length, this.state.size);
  }
}
