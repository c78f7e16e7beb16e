import fs from 'node:fs';
import type { BlockDevice } from '../device.ts';
import { checkRange } from '../range.ts';
import { HostFile, LARGEST_CALL } from './host-file.ts';
import { cutParts } from './parts.ts';
import { zeroes } from './zeroes.ts';

/**
 * A file, read and written synchronously: a 4 KiB read from the page cache costs less than a thread pool's hand-over. Every request is
 * complete when the call returns. For a server with slow storage and many clients see `mode: 'async'` of `openFile`.
 *
 * - `writeZeroes` past the end extends the file (a hole on most file systems); inside the file it writes zeroes, since Node cannot punch holes.
 * - `discard` does nothing, for the same reason.
 * - `flush` is `fdatasync`, or `fsync` when the size changed. After one failure it fails for ever.
 */
export class FileDevice extends HostFile implements BlockDevice {
  read(into: Uint8Array, offset: number): void {
    if (this.fd < 0) this.checkOpen();
    const length = into.length;
    checkRange(offset, length, this.bytes);
    let done = 0;
    try {
      // One call for all but the largest requests; a short read goes on below.
      if (length <= LARGEST_CALL) done = fs.readSync(this.fd, into, 0, length, offset);
      while (done < length) {
        const wanted = Math.min(length - done, LARGEST_CALL);
        const got = fs.readSync(this.fd, into, done, wanted, offset + done);
        if (got === 0) throw this.ended(offset + done);
        done += got;
      }
    } catch (error) {
      throw this.failed(error, 'reading', offset + done);
    }
  }

  write(from: Uint8Array, offset: number): void {
    this.checkWrite(offset, from.length);
    this.#writeAll(from, offset);
  }

  writev(parts: readonly Uint8Array[], offset: number): void {
    let length = 0;
    for (const part of parts) length += part.length;
    this.checkWrite(offset, length);
    if (length === 0) return;
    let done = 0;
    try {
      if (length <= LARGEST_CALL) done = fs.writevSync(this.fd, parts, offset);
      this.wrote(offset + done);
    } catch (error) {
      throw this.failed(error, 'writing', offset);
    }
    if (done === length) return;
    for (const rest of cutParts(parts, done)) {
      this.#writeAll(rest, offset + done);
      done += rest.length;
    }
  }

  writeZeroes(offset: number, length: number): void {
    this.checkWrite(offset, length);
    const end = offset + length;
    for (let at = offset; at < Math.min(end, this.bytes);) {
      const chunk = zeroes(Math.min(end, this.bytes) - at);
      this.#writeAll(chunk, at);
      at += chunk.length;
    }
    if (length > 0 && end > this.bytes) this.resize(end);
  }

  discard(offset: number, length: number): void {
    this.checkWrite(offset, length);
    checkRange(offset, length, this.bytes);
  }

  flush(): void {
    this.checkOpen();
    this.checkLost();
    if (this.readOnly) return;
    try {
      if (this.sizeChanged) fs.fsyncSync(this.fd);
      else fs.fdatasyncSync(this.fd);
      this.sizeChanged = false;
    } catch (error) {
      this.lost = this.failed(error, 'flushing');
      throw this.lost;
    }
  }

  resize(size: number): void {
    this.checkWrite(0, size);
    try {
      fs.ftruncateSync(this.fd, size);
    } catch (error) {
      throw this.failed(error, 'resizing', size);
    }
    this.bytes = size;
    this.sizeChanged = true;
  }

  close(): void {
    this.checkOpen();
    const { fd } = this;
    try {
      this.flush();
    } finally {
      this.fd = -1;
      fs.closeSync(fd);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.fd >= 0) this.close();
  }

  #writeAll(from: Uint8Array, offset: number): void {
    const length = from.length;
    let done = 0;
    try {
      while (done < length) {
        const wanted = Math.min(length - done, LARGEST_CALL);
        const took = fs.writeSync(this.fd, from, done, wanted, offset + done);
        if (took === 0) throw this.stuck(offset + done);
        done += took;
        this.wrote(offset + done);
      }
    } catch (error) {
      throw this.failed(error, 'writing', offset + done);
    }
  }
}
