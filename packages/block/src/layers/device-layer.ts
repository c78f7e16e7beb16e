import type { BlockDevice, Extent, WriteZeroesOptions } from '../device.ts';
import type { MaybePromise } from '../maybe.ts';
import { writeParts } from '../writev.ts';

/** A device around a device that changes nothing: a layer extends it and overrides what it is about. Closing a layer closes the device inside. */
export class DeviceLayer implements BlockDevice {
  /** The device inside. */
  protected readonly inner: BlockDevice;

  constructor(inner: BlockDevice) {
    this.inner = inner;
  }

  get size(): number {
    return this.inner.size;
  }

  get readOnly(): boolean {
    return this.inner.readOnly;
  }

  get growable(): boolean {
    return this.inner.growable === true;
  }

  read(into: Uint8Array, offset: number): MaybePromise<void> {
    return this.inner.read(into, offset);
  }

  write(from: Uint8Array, offset: number): MaybePromise<void> {
    return this.inner.write(from, offset);
  }

  /** One request, whether the device inside has a vectored write or not. */
  writev(parts: readonly Uint8Array[], offset: number): MaybePromise<void> {
    return writeParts(this.inner, parts, offset);
  }

  writeZeroes(offset: number, length: number, options?: WriteZeroesOptions): MaybePromise<void> {
    return this.inner.writeZeroes(offset, length, options);
  }

  discard(offset: number, length: number): MaybePromise<void> {
    return this.inner.discard(offset, length);
  }

  extents(offset: number, length: number): AsyncIterable<Extent> {
    return this.inner.extents(offset, length);
  }

  flush(): MaybePromise<void> {
    return this.inner.flush();
  }

  resize(size: number): MaybePromise<void> {
    return this.inner.resize(size);
  }

  close(): MaybePromise<void> {
    return this.inner.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.inner[Symbol.asyncDispose]();
  }
}
