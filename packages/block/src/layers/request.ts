import type { BlockDevice, WriteZeroesOptions } from '../device.ts';
import type { MaybePromise } from '../maybe.ts';
import { writeParts } from '../writev.ts';
import { DeviceLayer } from './device-layer.ts';

/** What a request asks for. A vectored write is a `write` of several parts. */
export type RequestOp = 'read' | 'write' | 'writeZeroes' | 'discard' | 'flush' | 'resize' | 'close';

/** One request to a device, as layers that treat all requests alike see it. */
export interface DeviceRequest {
  readonly op: RequestOp;
  /** Bytes from the start of the device; for `resize` the new size; 0 for `flush` and `close`. */
  readonly offset: number;
  /** Bytes; 0 for `flush`, `resize` and `close`. */
  readonly length: number;
  /** How many arrays the bytes of a read or write are spread over; 0 for the rest. */
  readonly parts: number;
}

/** A request with the bytes it is about: what to fill, or what to write. */
export interface LiveRequest extends DeviceRequest {
  readonly buffers: readonly Uint8Array[];
  readonly options: WriteZeroesOptions | undefined;
}

/** Does `request` on `device`. */
export function perform(device: BlockDevice, request: LiveRequest): MaybePromise<void> {
  const { op, offset, length, buffers } = request;
  switch (op) {
    case 'read':
      return device.read(buffers[0] as Uint8Array, offset);
    case 'write':
      return buffers.length === 1
        ? device.write(buffers[0] as Uint8Array, offset)
        : writeParts(device, buffers, offset);
    case 'writeZeroes':
      return device.writeZeroes(offset, length, request.options);
    case 'discard':
      return device.discard(offset, length);
    case 'flush':
      return device.flush();
    case 'resize':
      return device.resize(offset);
    case 'close':
      return device.close();
  }
}

const NO_BUFFERS: readonly Uint8Array[] = [];

/** A layer whose every request, whatever its kind, goes through one function. */
export abstract class RequestLayer extends DeviceLayer {
  /** Does the request, or something else about it. */
  protected abstract request(request: LiveRequest): MaybePromise<void>;

  override read(into: Uint8Array, offset: number): MaybePromise<void> {
    return this.#bytes('read', offset, [into]);
  }

  override write(from: Uint8Array, offset: number): MaybePromise<void> {
    return this.#bytes('write', offset, [from]);
  }

  override writev(parts: readonly Uint8Array[], offset: number): MaybePromise<void> {
    return this.#bytes('write', offset, parts);
  }

  override writeZeroes(
    offset: number,
    length: number,
    options?: WriteZeroesOptions,
  ): MaybePromise<void> {
    return this.#plain('writeZeroes', offset, length, options);
  }

  override discard(offset: number, length: number): MaybePromise<void> {
    return this.#plain('discard', offset, length);
  }

  override flush(): MaybePromise<void> {
    return this.#plain('flush', 0, 0);
  }

  override resize(size: number): MaybePromise<void> {
    return this.#plain('resize', size, 0);
  }

  override close(): MaybePromise<void> {
    return this.#plain('close', 0, 0);
  }

  #bytes(op: RequestOp, offset: number, buffers: readonly Uint8Array[]): MaybePromise<void> {
    let length = 0;
    for (const buffer of buffers) length += buffer.length;
    return this.request({
      op,
      offset,
      length,
      parts: buffers.length,
      buffers,
      options: undefined,
    });
  }

  #plain(
    op: RequestOp,
    offset: number,
    length: number,
    options?: WriteZeroesOptions,
  ): MaybePromise<void> {
    return this.request({ op, offset, length, parts: 0, buffers: NO_BUFFERS, options });
  }
}
