import type { BlockDevice } from '../device.ts';
import { ImageError, type ImageErrorCode } from '../errors.ts';
import { chain, type MaybePromise } from '../maybe.ts';
import {
  type DeviceRequest,
  type LiveRequest,
  perform,
  RequestLayer,
  type RequestOp,
} from './request.ts';

/** Which requests fail, and how. */
export interface FaultRule {
  /** The kind of request, or several. Default: any. */
  readonly on?: RequestOp | readonly RequestOp[];
  /** What else a request must meet, asked in the order of requests, after `on`. */
  readonly when?: (request: DeviceRequest) => boolean;
  /** The first request to fail, counted from 1 among those that meet `on` and `when`. Default 1. */
  readonly nth?: number;
  /** How many fail, that one included. `Infinity` is for ever. Default 1. */
  readonly times?: number;
  /** The code of the error. Default `io`. */
  readonly code?: ImageErrorCode;
  /** A torn request: this many bytes of a read or write are done before it fails. Default 0. */
  readonly torn?: number;
}

/** A device that fails on demand. */
export interface FaultyDevice extends BlockDevice {
  /** Requests so far, failed ones included. */
  readonly calls: number;
  /** Requests that were made to fail so far. */
  readonly failures: number;
  /** Replaces the rules; their counts begin anew. */
  setRules(rules: readonly FaultRule[]): void;
}

class FaultLayer extends RequestLayer implements FaultyDevice {
  calls = 0;
  failures = 0;
  #rules: { readonly rule: FaultRule; met: number }[] = [];

  constructor(inner: BlockDevice, rules: readonly FaultRule[]) {
    super(inner);
    this.setRules(rules);
  }

  setRules(rules: readonly FaultRule[]): void {
    this.#rules = rules.map((rule) => ({ rule, met: 0 }));
  }

  protected override request(request: LiveRequest): MaybePromise<void> {
    this.calls++;
    let failing: FaultRule | undefined;
    for (const state of this.#rules) {
      const { on, when, nth = 1, times = 1 } = state.rule;
      if (
        on !== undefined &&
        (typeof on === 'string' ? on !== request.op : !on.includes(request.op))
      ) {
        continue;
      }
      if (when !== undefined && !when(request)) continue;
      state.met++;
      if (state.met >= nth && state.met < nth + times) failing ??= state.rule;
    }
    if (failing === undefined) return perform(this.inner, request);
    this.failures++;
    const { code = 'io', torn = 0 } = failing;
    const error = new ImageError(code, `injected fault: ${request.op} number ${this.calls}`, {
      offset: request.offset,
    });
    const buffers = firstBytes(request.buffers, torn);
    if (buffers.length === 0) throw error;
    const part = {
      ...request,
      buffers,
      parts: buffers.length,
      length: Math.min(torn, request.length),
    };
    return chain(perform(this.inner, part), () => {
      throw error;
    });
  }
}

function firstBytes(buffers: readonly Uint8Array[], count: number): Uint8Array[] {
  const first: Uint8Array[] = [];
  for (const buffer of buffers) {
    if (count <= 0) break;
    first.push(buffer.subarray(0, count));
    count -= buffer.length;
  }
  return first;
}

/**
 * `device`, with the requests that `rules` pick failing. A failed request has no effect on `device`, save for the `torn` bytes. Every rule
 * counts every request it meets; when several would fail a request, the first rule says how.
 */
export function withFaults(device: BlockDevice, rules: readonly FaultRule[]): FaultyDevice {
  return new FaultLayer(device, rules);
}
