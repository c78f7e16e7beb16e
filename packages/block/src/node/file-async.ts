import fs from 'node:fs';
import type { BlockDevice } from '../device.ts';
import { checkRange } from '../range.ts';
import { HostFile, LARGEST_CALL } from './host-file.ts';
import { cutParts } from './parts.ts';
import { zeroes } from './zeroes.ts';

type Transfer = (error: NodeJS.ErrnoException | null, count: number) => void;

function transfer(start: (done: Transfer) => void): Promise<number> {
  return new Promise((resolve, reject) => {
    start((error, count) => (error ? reject(error) : resolve(count)));
  });
}

function finish(start: (done: fs.NoParamCallback) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    start((error) => (error ? reject(error) : resolve()));
  });
}

/**
 * A file, read and written through Node's thread pool: several times the cost of {@link FileDevice} for a request that the page cache
 * answers, but the thread stays free while a disk is slow. Otherwise it behaves the same. `close` waits for requests in flight.
 */
export class AsyncFileDevice extends HostFile implements BlockDevice {
  #inFlight = 0;
  #whenIdle: (() => void) | undefined;

  async read(into: Uint8Array, offset: number): Promise<void> {
    this.checkOpen();
    checkRange(offset, into.length, this.bytes);
    const { fd } = this;
    let done = 0;
    await this.#busy('reading', offset, async () => {
      while (done < into.length) {
        const wanted = Math.min(into.length - done, LARGEST_CALL);
        const got = await transfer((cb) => fs.read(fd, into, done, wanted, offset + done, cb));
        if (got === 0) throw this.ended(offset + done);
        done += got;
      }
    });
  }

  async write(from: Uint8Array, offset: number): Promise<void> {
    this.checkWrite(offset, from.length);
    await this.#busy('writing', offset, () => this.#writeAll(this.fd, from, offset));
  }

  async writev(parts: readonly Uint8Array[], offset: number): Promise<void> {
    let length = 0;
    for (const part of parts) length += part.length;
    this.checkWrite(offset, length);
    if (length === 0) return;
    const { fd } = this;
    await this.#busy('writing', offset, async () => {
      let done = 0;
      if (length <= LARGEST_CALL) {
        done = await transfer((cb) => fs.writev(fd, parts, offset, cb));
        this.wrote(offset + done);
      }
      for (const rest of cutParts(parts, done)) {
        await this.#writeAll(fd, rest, offset + done);
        done += rest.length;
      }
    });
  }

  async writeZeroes(offset: number, length: number): Promise<void> {
    this.checkWrite(offset, length);
    const { fd } = this;
    const end = offset + length;
    await this.#busy('writing zeroes to', offset, async () => {
      for (let at = offset; at < Math.min(end, this.bytes);) {
        const chunk = zeroes(Math.min(end, this.bytes) - at);
        await this.#writeAll(fd, chunk, at);
        at += chunk.length;
      }
      if (length > 0 && end > this.bytes) await this.#truncate(fd, end);
    });
  }

  async discard(offset: number, length: number): Promise<void> {
    this.checkWrite(offset, length);
    checkRange(offset, length, this.bytes);
  }

  async flush(): Promise<void> {
    this.checkOpen();
    this.checkLost();
    if (this.readOnly) return;
    await this.#sync(this.fd);
  }

  async resize(size: number): Promise<void> {
    this.checkWrite(0, size);
    await this.#busy('resizing', size, () => this.#truncate(this.fd, size));
  }

  async close(): Promise<void> {
    this.checkOpen();
    const { fd } = this;
    this.fd = -1;
    try {
      // A descriptor that is closed under a request may by then be another file's.
      while (this.#inFlight > 0) {
        await new Promise<void>((resolve) => {
          this.#whenIdle = resolve;
        });
      }
      this.checkLost();
      if (!this.readOnly) await this.#sync(fd);
    } finally {
      await finish((cb) => fs.close(fd, cb));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.fd >= 0) await this.close();
  }

  async #writeAll(fd: number, from: Uint8Array, offset: number): Promise<void> {
    let done = 0;
    while (done < from.length) {
      const wanted = Math.min(from.length - done, LARGEST_CALL);
      const took = await transfer((cb) => fs.write(fd, from, done, wanted, offset + done, cb));
      if (took === 0) throw this.stuck(offset + done);
      done += took;
      this.wrote(offset + done);
    }
  }

  async #truncate(fd: number, size: number): Promise<void> {
    await finish((cb) => fs.ftruncate(fd, size, cb));
    this.bytes = size;
    this.sizeChanged = true;
  }

  async #sync(fd: number): Promise<void> {
    const { sizeChanged } = this;
    this.sizeChanged = false;
    try {
      await this.#busy('flushing', undefined, () =>
        finish((cb) => (sizeChanged ? fs.fsync(fd, cb) : fs.fdatasync(fd, cb))),
      );
    } catch (error) {
      this.lost ??= this.failed(error, 'flushing');
      throw error;
    }
  }

  async #busy(doing: string, offset: number | undefined, work: () => Promise<void>): Promise<void> {
    this.#inFlight++;
    try {
      await work();
    } catch (error) {
      throw this.failed(error, doing, offset);
    } finally {
      this.#inFlight--;
      if (this.#inFlight === 0) this.#whenIdle?.();
    }
  }
}
