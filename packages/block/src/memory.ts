import { CHUNK_SIZE, Chunks } from './chunks.ts';
import type { BlockDevice, Extent } from './device.ts';
import { checkRange } from './range.ts';

/** How a {@link MemoryDevice} behaves. */
export interface MemoryDeviceOptions {
  /** A write past the end is a `RangeError`, as on a disk, instead of extending the device, as a file does. `resize` works either way. Default false. */
  readonly fixed?: boolean;
}

/**
 * A device in memory. Sparse: a write at 5 TiB costs 16 KiB. All requests complete synchronously.
 *
 * A discard lets go of the 16 KiB chunks inside its range and leaves the rest, so what it reads as afterwards is a mixture.
 */
export class MemoryDevice implements BlockDevice {
  readonly readOnly = false;
  readonly growable: boolean;
  #size: number;
  #chunks = new Chunks();
  #closed = false;

  /** @param content the size in bytes, all zeroes, or the bytes to begin with, which are copied */
  constructor(content: number | Uint8Array = 0, options: MemoryDeviceOptions = {}) {
    this.growable = options.fixed !== true;
    this.#size = typeof content === 'number' ? content : content.length;
    checkRange(0, this.#size, Number.MAX_SAFE_INTEGER);
    if (typeof content !== 'number') this.#chunks.write(content, 0);
  }

  get size(): number {
    return this.#size;
  }

  read(into: Uint8Array, offset: number): void {
    this.#check(offset, into.length, this.#size);
    this.#chunks.read(into, offset);
  }

  write(from: Uint8Array, offset: number): void {
    this.#extend(offset, from.length);
    this.#chunks.write(from, offset);
  }

  writev(parts: readonly Uint8Array[], offset: number): void {
    let length = 0;
    for (const part of parts) length += part.length;
    this.#extend(offset, length);
    for (const part of parts) {
      this.#chunks.write(part, offset);
      offset += part.length;
    }
  }

  writeZeroes(offset: number, length: number): void {
    this.#extend(offset, length);
    this.#chunks.clear(offset, length);
  }

  discard(offset: number, length: number): void {
    this.#check(offset, length, this.#size);
    this.#chunks.drop(offset, length);
  }

  async *extents(offset: number, length: number): AsyncIterable<Extent> {
    this.#check(offset, length, this.#size);
    const end = offset + length;
    const first = Math.floor(offset / CHUNK_SIZE);
    let at = offset;
    for (const index of this.#chunks.indexes(first, Math.ceil(end / CHUNK_SIZE))) {
      const start = Math.max(index * CHUNK_SIZE, offset);
      if (start > at) yield { offset: at, length: start - at, kind: 'hole', depth: 0 };
      at = Math.min((index + 1) * CHUNK_SIZE, end);
      yield { offset: start, length: at - start, kind: 'data', depth: 0, hostOffset: start };
    }
    if (at < end) yield { offset: at, length: end - at, kind: 'hole', depth: 0 };
  }

  flush(): void {
    this.#check(0, 0, 0);
  }

  resize(size: number): void {
    this.#check(0, size, Number.MAX_SAFE_INTEGER);
    if (size < this.#size) this.#chunks.truncate(size);
    this.#size = size;
  }

  close(): void {
    this.#check(0, 0, 0);
    this.#closed = true;
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    return Promise.resolve();
  }

  /**
   * Another device with the same bytes; neither sees what is written to the other. Chunks are shared until they are written, so a clone
   * costs a map, or nothing when this device was not written since the last one. Works on a closed device too, and is then open.
   */
  clone(options: MemoryDeviceOptions = { fixed: !this.growable }): MemoryDevice {
    const clone = new MemoryDevice(this.#size, options);
    clone.#chunks = this.#chunks.fork();
    return clone;
  }

  /** A copy of all bytes. For devices that fit in one array. Works on a closed device too. */
  bytes(): Uint8Array {
    const bytes = new Uint8Array(this.#size);
    for (const index of this.#chunks.indexes(0, Math.ceil(this.#size / CHUNK_SIZE))) {
      const start = index * CHUNK_SIZE;
      bytes.set((this.#chunks.at(index) as Uint8Array).subarray(0, this.#size - start), start);
    }
    return bytes;
  }

  #check(offset: number, length: number, size: number): void {
    if (this.#closed) throw new TypeError('the memory device is closed');
    checkRange(offset, length, size);
  }

  #extend(offset: number, length: number): void {
    this.#check(offset, length, this.growable ? Number.MAX_SAFE_INTEGER : this.#size);
    if (offset + length > this.#size && length > 0) this.#size = offset + length;
  }
}
