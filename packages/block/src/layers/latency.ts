import type { BlockDevice } from '../device.ts';
import type { MaybePromise } from '../maybe.ts';
import { type DeviceRequest, type LiveRequest, perform, RequestLayer } from './request.ts';

class LatencyLayer extends RequestLayer {
  readonly #model: (request: DeviceRequest) => number;

  constructor(inner: BlockDevice, model: (request: DeviceRequest) => number) {
    super(inner);
    this.#model = model;
  }

  protected override request(request: LiveRequest): MaybePromise<void> {
    const delay = this.#model(request);
    return delay > 0 ? this.#later(request, delay) : perform(this.inner, request);
  }

  async #later(request: LiveRequest, delay: number): Promise<void> {
    try {
      await perform(this.inner, request);
    } finally {
      await new Promise((resolve) => setTimeout(resolve, delay));
    }
  }
}

/**
 * `device`, answering late: `model` says by how many milliseconds. The effect comes at once, the answer after the delay, errors too;
 * a request with a delay of 0 completes as it did.
 */
export function withLatency(
  device: BlockDevice,
  model: (request: DeviceRequest) => number,
): BlockDevice {
  return new LatencyLayer(device, model);
}
