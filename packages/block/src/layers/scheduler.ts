import type { BlockDevice } from '../device.ts';
import type { MaybePromise } from '../maybe.ts';
import { isPromise } from '../maybe.ts';
import { Prng } from '../prng.ts';
import { type LiveRequest, perform, RequestLayer } from './request.ts';

/** How {@link withScheduler} behaves. */
export interface SchedulerOptions {
  /** The same seed and the same requests give the same order. Default 1. */
  readonly seed?: number;
  /** Completes requests by itself, a few microtasks apart. Where false only `step` and `drain` do. Default true. */
  readonly auto?: boolean;
  /** The most microtasks between two completions, so that callers get to issue more. Default 8. */
  readonly patience?: number;
}

/** The defaults of {@link SchedulerOptions}. */
export const SCHEDULER_DEFAULTS = {
  seed: 1,
  auto: true,
  patience: 8,
} as const satisfies Required<SchedulerOptions>;

const SECTOR = 512;

/** A device whose requests complete in an order of the scheduler's choice. */
export interface ScheduledDevice extends BlockDevice {
  /** Requests that have not completed. */
  readonly pending: number;
  /** Completes one request, a random one; false when there is none. */
  step(): Promise<boolean>;
  /** Completes requests, those that follow from them too, until none is left. */
  drain(): Promise<void>;
}

/** One request in the queue: what is left to do on the device, and whom to tell. */
interface Waiting {
  /** What of the request happens at completion; undefined when all of it has happened. */
  readonly rest: LiveRequest | undefined;
  /** Settles with what was done at issue. */
  readonly begun: MaybePromise<void>;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

class SchedulerLayer extends RequestLayer implements ScheduledDevice {
  readonly #random: Prng;
  readonly #auto: boolean;
  readonly #patience: number;
  readonly #queue: Waiting[] = [];
  #pumping: Promise<void> | undefined;
  #pending = 0;

  constructor(inner: BlockDevice, options: SchedulerOptions) {
    super(inner);
    const { seed, auto, patience } = { ...SCHEDULER_DEFAULTS, ...options };
    this.#random = new Prng(seed);
    this.#auto = auto;
    this.#patience = patience;
  }

  get pending(): number {
    return this.#pending;
  }

  async step(): Promise<boolean> {
    const { length } = this.#queue;
    if (length === 0) return false;
    const at = this.#random.below(length);
    const waiting = this.#queue[at] as Waiting;
    this.#queue[at] = this.#queue[length - 1] as Waiting;
    this.#queue.pop();
    try {
      if (isPromise(waiting.begun)) await waiting.begun;
      if (waiting.rest !== undefined) await perform(this.inner, waiting.rest);
      waiting.resolve();
    } catch (error) {
      waiting.reject(error);
    }
    this.#pending--;
    return true;
  }

  drain(): Promise<void> {
    this.#pumping ??= this.#pump();
    return this.#pumping;
  }

  protected override request(request: LiveRequest): Promise<void> {
    // A device may be closed when nothing is in flight, and not before.
    if (request.op === 'close') return this.drain().then(() => this.inner.close());
    return new Promise((resolve, reject) => {
      const [now, rest] = this.#divide(request);
      let begun: MaybePromise<void> = undefined;
      if (now !== undefined) {
        try {
          begun = perform(this.inner, now);
        } catch (error) {
          begun = Promise.reject(error);
        }
        // Heard when the request's turn comes.
        if (isPromise(begun)) begun.catch(() => {});
      }
      this.#queue.push({ rest, begun, resolve, reject });
      this.#pending++;
      if (this.#auto) void this.drain();
    });
  }

  // Microtasks only: a timer would let the order depend on the clock, and would not be the same in a browser.
  async #pump(): Promise<void> {
    for (let idle = 0; idle <= this.#patience || this.#queue.length > 0;) {
      const ticks = this.#random.below(this.#patience + 1);
      for (let tick = 0; tick < ticks; tick++) await undefined;
      if (await this.step()) idle = 0;
      else idle++;
    }
    // In the same turn as the last look at the queue: a request issued later must start a new pump.
    this.#pumping = undefined;
  }

  /** What of a request happens at issue, and what at completion: all, none, or a part of its bytes. */
  #divide(request: LiveRequest): [LiveRequest | undefined, LiveRequest | undefined] {
    const choice = this.#random.below(3);
    if (choice === 0) return [request, undefined];
    const { length, buffers } = request;
    const inside = this.growable || request.offset + length <= this.size;
    if (choice === 1 || length < 2 || buffers.length !== 1 || !inside) return [undefined, request];
    const buffer = buffers[0] as Uint8Array;
    // Between sectors: a disk writes a sector whole, and under a power cut layer each part is a write of its own.
    const first = SECTOR - (request.offset % SECTOR);
    if (first >= length) return [undefined, request];
    const cut = first + this.#random.below(Math.ceil((length - first) / SECTOR)) * SECTOR;
    const head = { ...request, length: cut, buffers: [buffer.subarray(0, cut)] };
    const tail = {
      ...request,
      offset: request.offset + cut,
      length: length - cut,
      buffers: [buffer.subarray(cut)],
    };
    return this.#random.chance(0.5) ? [head, tail] : [tail, head];
  }
}

/**
 * `device`, with every request a promise, and the promises settling in a random order that the seed decides. A request may take effect when
 * it is issued, when it completes, or partly then and partly then, which is all that the contract of a device allows: the judge of
 * drivers with requests in flight. Works on microtasks alone.
 */
export function withScheduler(
  device: BlockDevice,
  options: SchedulerOptions = {},
): ScheduledDevice {
  return new SchedulerLayer(device, options);
}
