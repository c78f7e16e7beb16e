import type { BlockDevice } from '../device.ts';
import type { MaybePromise } from '../maybe.ts';
import { type DeviceRequest, type LiveRequest, perform, RequestLayer } from './request.ts';

class TraceLayer extends RequestLayer {
  readonly #sink: (request: DeviceRequest) => void;

  constructor(inner: BlockDevice, sink: (request: DeviceRequest) => void) {
    super(inner);
    this.#sink = sink;
  }

  protected override request(request: LiveRequest): MaybePromise<void> {
    const { op, offset, length, parts } = request;
    this.#sink({ op, offset, length, parts });
    return perform(this.inner, request);
  }
}

/** `device`, telling `sink` of each request before it is done. */
export function withTrace(
  device: BlockDevice,
  sink: (request: DeviceRequest) => void,
): BlockDevice {
  return new TraceLayer(device, sink);
}
