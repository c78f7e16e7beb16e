import type { BlockDevice, Extent, WriteZeroesOptions } from './device.ts';
import { ImageError } from './errors.ts';
import { DeviceLayer } from './layers/device-layer.ts';
import type { MaybePromise } from './maybe.ts';
import { checkRange } from './range.ts';

class Slice extends DeviceLayer {
  readonly #start: number;
  readonly #length: number;
  #closed = false;

  constructor(inner: BlockDevice, start: number, length: number) {
    super(inner);
    checkRange(start, length, inner.size);
    this.#start = start;
    this.#length = length;
  }

  override get size(): number {
    return this.#length;
  }

  override get growable(): boolean {
    return false;
  }

  override read(into: Uint8Array, offset: number): MaybePromise<void> {
    return this.inner.read(into, this.#at(offset, into.length));
  }

  override write(from: Uint8Array, offset: number): MaybePromise<void> {
    return this.inner.write(from, this.#at(offset, from.length));
  }

  override writev(parts: readonly Uint8Array[], offset: number): MaybePromise<void> {
    let length = 0;
    for (const part of parts) length += part.length;
    return super.writev(parts, this.#at(offset, length));
  }

  override writeZeroes(
    offset: number,
    length: number,
    options?: WriteZeroesOptions,
  ): MaybePromise<void> {
    return this.inner.writeZeroes(this.#at(offset, length), length, options);
  }

  override discard(offset: number, length: number): MaybePromise<void> {
    return this.inner.discard(this.#at(offset, length), length);
  }

  override async *extents(offset: number, length: number): AsyncIterable<Extent> {
    for await (const extent of this.inner.extents(this.#at(offset, length), length)) {
      yield { ...extent, offset: extent.offset - this.#start };
    }
  }

  override flush(): MaybePromise<void> {
    this.#at(0, 0);
    return this.inner.flush();
  }

  override resize(size: number): MaybePromise<void> {
    this.#at(0, 0);
    checkRange(0, size, Number.MAX_SAFE_INTEGER);
    throw new ImageError(
      'unsupported',
      'a slice keeps its size: resize the device it is cut from',
      {
        expected: this.#length,
        found: size,
      },
    );
  }

  override close(): MaybePromise<void> {
    this.#at(0, 0);
    this.#closed = true;
    return this.inner.flush();
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#closed) await this.close();
  }

  #at(offset: number, length: number): number {
    if (this.#closed) throw new TypeError('the slice is closed');
    checkRange(offset, length, this.#length);
    return this.#start + offset;
  }
}

/**
 * A fixed window onto `device`: `length` bytes from `offset` on. Closing it flushes `device` and leaves it open, since whoever opened it closes it.
 *
 * @throws RangeError when the window is not inside the device
 */
export function slice(device: BlockDevice, offset: number, length: number): BlockDevice {
  return new Slice(device, offset, length);
}
