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
  ENTRY_DATA,
  entryKind,
  entryOffset,
  FEATURE_NEED_CHECK,
  type QedGeometry,
  type QedHeaderArea,
} from '@q/qed';
import { flushSteps, settle } from './commit.ts';
import { extentsOf } from './extents.ts';
import { NOT_LOOKED_UP, readMapped } from './read.ts';
import { resizeDisk } from './resize.ts';
import type { CowTraffic, State } from './state.ts';
import { writeMapped } from './write.ts';
import { zeroMapped } from './zero.ts';

/** An open QED image: the guest's disk as a block device. */
export class QedImage implements BlockDevice {
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

  /** Sizes that follow from the header. */
  get geometry(): QedGeometry {
    return this.state.geometry;
  }

  /** The header and the backing file's name, as they were read. */
  get header(): QedHeaderArea {
    return this.state.area;
  }

  /** Whether the image is marked as one that needs a check before it is written again, as it is while tables are being changed. */
  get needCheck(): boolean {
    return (this.state.features & FEATURE_NEED_CHECK) !== 0;
  }

  /** What the cache of L2 tables has counted. */
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
   * Fills `into` from guest offset `offset`. Synchronous when the table is cached and the file reads synchronously.
   * @throws RangeError outside of the disk; ImageError `corrupt`, `io`
   */
  read(into: Uint8Array, offset: number): MaybePromise<void> {
    const { state } = this;
    const length = into.length;
    if (this.closed || !(offset >= 0 && offset + length <= state.size) || offset % 1 !== 0) {
      this.requireOpen();
      checkRange(offset, length, state.size);
    }
    // The hot path: one cluster, its slice cached, its bytes in the file. Nothing is allocated and nothing waits here.
    const { clusterSize, slices, geometry } = state;
    const cluster = Math.floor(offset / clusterSize);
    const inCluster = offset - cluster * clusterSize;
    if (inCluster + length > clusterSize || length === 0 || state.inFlight.count !== 0) {
      return readMapped(state, into, offset, NOT_LOOKED_UP);
    }
    const l1Index = Math.floor(cluster / geometry.entries);
    const table = state.l1.tables[l1Index]!;
    if (table <= 0) return readMapped(state, into, offset, NOT_LOOKED_UP);
    const l2Index = cluster - l1Index * geometry.entries;
    const inTable = Math.floor(l2Index / slices.entries);
    const slot = state.l2.lookup(table + inTable * slices.bytes);
    if (slot < 0) return readMapped(state, into, offset, slot);
    const entry = (l2Index - inTable * slices.entries) * 8;
    const lo = state.l2.u32(slot, entry);
    const hi = state.l2.u32(slot, entry + 4);
    if (entryKind(lo, hi, geometry, state.end.hostEnd) !== ENTRY_DATA) {
      return readMapped(state, into, offset, slot);
    }
    const done = readPadded(state.file, into, entryOffset(lo, hi) + inCluster);
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
    // The hot path: inside one cluster that has a place and whose slice is cached.
    const { clusterSize, slices, geometry } = state;
    const cluster = Math.floor(offset / clusterSize);
    const inCluster = offset - cluster * clusterSize;
    if (
      inCluster + length > clusterSize ||
      length === 0 ||
      state.inFlight.count !== 0 ||
      state.autoclear !== 0n
    ) {
      return writeMapped(state, from, offset);
    }
    const l1Index = Math.floor(cluster / geometry.entries);
    const table = state.l1.tables[l1Index]!;
    if (table <= 0) return writeMapped(state, from, offset);
    const l2Index = cluster - l1Index * geometry.entries;
    const inTable = Math.floor(l2Index / slices.entries);
    const slot = state.l2.lookup(table + inTable * slices.bytes);
    if (slot < 0) return writeMapped(state, from, offset, slot);
    const entry = (l2Index - inTable * slices.entries) * 8;
    const lo = state.l2.u32(slot, entry);
    const hi = state.l2.u32(slot, entry + 4);
    const host = entryOffset(lo, hi);
    if (
      entryKind(lo, hi, geometry, state.end.hostEnd) !== ENTRY_DATA ||
      state.tables.overlap(host, 1) >= 0
    ) {
      return writeMapped(state, from, offset, slot);
    }
    const done = state.file.write(from, host + inCluster);
    return isPromise(done) ? state.requests.track(done) : done;
  }

  /**
   * Makes the range read as zeroes. Clusters keep their place in the file, for the format cannot use it again; `unmap` is handed on to the file, which may make holes
   * there. Whole clusters without a place become zero entries where the backing file would show otherwise.
   * @throws as `write`
   */
  writeZeroes(
    offset: number,
    length: number,
    options: WriteZeroesOptions = {},
  ): MaybePromise<void> {
    this.checkWrite(offset, length);
    return zeroMapped(this.state, offset, offset + length, this.state.size, options);
  }

  /**
   * Does nothing, which a discard may: the format cannot give clusters back.
   * @throws as `write`
   */
  discard(offset: number, length: number): void {
    this.checkWrite(offset, length);
  }

  /**
   * Lets the disk grow; what is new reads as zeroes.
   * @throws RangeError for a size that is not a multiple of 512; ImageError `unsupported` for a smaller size, `limit` for one that the tables cannot map
   */
  resize(size: number): Promise<void> {
    this.checkWrite(0, 0);
    return resizeDisk(this.state, size);
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
   * Flushes, takes the mark away that a check is needed, and lets go. Closes what the image's gate opened; the file it was opened on stays open, for whoever
   * opened it. When the flush fails the image stays open.
   */
  async close(): Promise<void> {
    this.requireOpen();
    const { state } = this;
    await state.requests.settled();
    if (state.writable) await run(settle(state));
    this.closed = true;
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
