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
import { L2_DATA, type FormatLimits } from '@q/format';
import { qcow1L2Kind, qcow1OffsetOf, type Qcow1Geometry, type Qcow1Header } from '@q/format/qcow1';
import { flushSteps } from './commit.ts';
import { writeCompressedSteps } from './compressed-write.ts';
import { extentsOf } from './extents.ts';
import { isHost } from './mapping.ts';
import { NOT_LOOKED_UP, readMapped } from './read.ts';
import { resizeSteps } from './resize.ts';
import type { CowTraffic, State } from './state.ts';
import { writeMapped, writeSectors } from './write.ts';
import { zeroSteps } from './zero.ts';

/** An open QCOW version 1 image: the guest's disk as a block device. */
export class Qcow1Image implements BlockDevice {
  readonly readOnly: boolean;
  readonly growable = false;
  private readonly state: State;
  private readonly limits: Partial<FormatLimits> | undefined;
  private closed = false;

  /** @internal Use `open`. */
  constructor(state: State, limits: Partial<FormatLimits> | undefined) {
    this.state = state;
    this.limits = limits;
    this.readOnly = !state.writable;
  }

  /** Bytes of the guest's disk: the size in the header, floored to 512. */
  get size(): number {
    return this.state.size;
  }

  /** Sizes that follow from the header. */
  get geometry(): Qcow1Geometry {
    return this.state.geometry;
  }

  /** The header as it is on disk. */
  get header(): Qcow1Header {
    return this.state.header;
  }

  /** The name of the backing file, as the image has it; undefined for none. */
  get backingFile(): string | undefined {
    return this.state.backingFile;
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
   * Fills `into` from guest offset `offset`. Synchronous when the L2 table is cached, the file reads synchronously and the image is not encrypted.
   * @throws RangeError outside of the disk; ImageError `corrupt`, `io`
   */
  read(into: Uint8Array, offset: number): MaybePromise<void> {
    const { state } = this;
    const length = into.length;
    if (this.closed || !(offset >= 0 && offset + length <= state.size) || offset % 1 !== 0) {
      this.requireOpen();
      checkRange(offset, length, state.size);
    }
    if (state.cipher !== undefined) {
      return state.sectorLock.run(() => readMapped(state, into, offset, NOT_LOOKED_UP));
    }
    // The hot path: one cluster, its table cached, its bytes in the file. Nothing is allocated and nothing waits here.
    const { clusterSize, geometry } = state;
    const inCluster = offset % clusterSize;
    if (inCluster + length > clusterSize || state.inFlight.count !== 0 || length === 0) {
      return readMapped(state, into, offset, NOT_LOOKED_UP);
    }
    const l1Index = Math.floor(offset / geometry.l1Span);
    if (!(state.l1.tables[l1Index]! > 0)) return readMapped(state, into, offset, NOT_LOOKED_UP);
    const slot = state.l2.lookup(l1Index * state.l2Bytes);
    if (slot < 0) return readMapped(state, into, offset, slot);
    const entry = ((offset - l1Index * geometry.l1Span - inCluster) / clusterSize) * 8;
    const hi = state.l2.u32(slot, entry);
    const lo = state.l2.u32(slot, entry + 4);
    const host = qcow1OffsetOf(hi, lo);
    if (qcow1L2Kind(hi, lo) !== L2_DATA || !isHost(host, state.file.size)) {
      return readMapped(state, into, offset, slot);
    }
    const done = readPadded(state.file, into, host + inCluster);
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
    if (length === 0) return;
    if (state.cipher !== undefined) return writeSectors(state, from, offset);
    // The hot path: inside one cluster that is mapped and cached.
    const { clusterSize, geometry } = state;
    const inCluster = offset % clusterSize;
    const l1Index = Math.floor(offset / geometry.l1Span);
    if (
      inCluster + length > clusterSize ||
      state.inFlight.count !== 0 ||
      !(state.l1.tables[l1Index]! > 0)
    ) {
      return writeMapped(state, from, offset);
    }
    const slot = state.l2.lookup(l1Index * state.l2Bytes);
    if (slot < 0) return writeMapped(state, from, offset, slot);
    const entry = ((offset - l1Index * geometry.l1Span - inCluster) / clusterSize) * 8;
    const hi = state.l2.u32(slot, entry);
    const lo = state.l2.u32(slot, entry + 4);
    const host = qcow1OffsetOf(hi, lo) + inCluster;
    if (
      qcow1L2Kind(hi, lo) !== L2_DATA ||
      !isHost(host, state.file.size) ||
      state.areas.overlaps(host, host + length)
    ) {
      return writeMapped(state, from, offset, slot);
    }
    const done = state.file.write(from, host);
    return isPromise(done) ? state.requests.track(done) : done;
  }

  /**
   * Writes whole clusters, each compressed where that makes it smaller. The last may be short where the disk ends. Slow, and what the clusters were before is
   * lost space: for filling an image.
   * @throws RangeError for anything but whole clusters; ImageError as `write`, and `unsupported` for an encrypted image
   */
  writeCompressed(from: Uint8Array, offset: number): MaybePromise<void> {
    this.checkWrite(offset, from.length);
    return run(writeCompressedSteps(this.state, from, offset));
  }

  /**
   * Makes the range read as zeroes: in place where there are plain clusters (the file may give their space back with `unmap`), not at all where
   * nothing is and nothing lies below, and by zero bytes in new clusters elsewhere.
   * @throws as `write`
   */
  writeZeroes(
    offset: number,
    length: number,
    options: WriteZeroesOptions = {},
  ): MaybePromise<void> {
    this.checkWrite(offset, length);
    return run(zeroSteps(this.state, offset, offset + length, options));
  }

  /** Does nothing: the format has no free clusters, and cannot hide what lies below. The bytes stay. To give space back write zeroes with `unmap`. */
  discard(offset: number, length: number): void {
    this.checkWrite(offset, length);
  }

  /**
   * Changes the size, to a multiple of 512 above 0. New bytes read as zeroes: where a longer backing device would show they are written. Requests under way to bytes
   * behind the new end fail.
   * @throws RangeError for other sizes; ImageError `limit` for one whose L1 table is too large; as `write`
   */
  resize(size: number): MaybePromise<void> {
    this.checkWrite(0, 0);
    const { state } = this;
    return state.resizeLock.run(() => run(resizeSteps(state, size, this.limits)));
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
   * Flushes and lets go. Closes what the image's gate opened; the file it was opened on stays open, for whoever opened it. When the flush fails the image stays open.
   */
  async close(): Promise<void> {
    this.requireOpen();
    const { state } = this;
    await state.requests.settled();
    if (state.writable) await run(flushSteps(state));
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
