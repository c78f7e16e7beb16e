import type { Trace, TraceOptions } from './trace.ts';

/** Who can say where in the file a bad value stands: the current line or record. */
export interface Place {
  fail(reason: string): never;
}

/** Devices from here on do not fit a table key (key + device x 2^32, a safe integer). */
const DEVICE_LIMIT = 2 ** 21;

/** The growing columns of a trace under construction; checks each request, and counts what is left out. */
export class TraceColumns {
  #requests = 0;
  #ops = new Uint8Array(1 << 14);
  #devices = new Uint32Array(1 << 14);
  #offsets = new Float64Array(1 << 14);
  #lengths = new Float64Array(1 << 14);
  #span = 0;
  #seen = new Uint8Array(64);
  #deviceCount = 0;
  #lastDevice = -1;
  readonly #ignored = new Map<string, number>();
  readonly #only: string | undefined;
  /** Names of the devices, in formats that name them. Filled by the parser. */
  readonly deviceNames: string[] = [];

  constructor(options: TraceOptions = {}) {
    this.#only = options.device;
  }

  /** How many requests are in. */
  get requests(): number {
    return this.#requests;
  }

  /** Appends a request; `place` is blamed for a value that is out of bounds. A request of no bytes is only counted. */
  push(op: number, device: number, offset: number, length: number, place: Place): void {
    if (!(length > 0)) return this.ignore('request of no bytes');
    const end = offset + length;
    if (end > Number.MAX_SAFE_INTEGER) place.fail('offset + length passes 2^53');
    if (device !== this.#lastDevice) {
      if (device >= DEVICE_LIMIT) place.fail(`device ${device} is not below 2^21`);
      if (this.#only !== undefined && (this.deviceNames[device] ?? `${device}`) !== this.#only) {
        return this.ignore('request of another device');
      }
      this.#meet(device);
    }
    const i = this.#requests;
    if (i === this.#ops.length) this.#grow(i * 2);
    this.#ops[i] = op;
    this.#devices[i] = device;
    this.#offsets[i] = offset;
    this.#lengths[i] = length;
    this.#requests = i + 1;
    if (end > this.#span) this.#span = end;
  }

  /** Counts something of the file that is no request, under a reason. */
  ignore(reason: string, times = 1): void {
    this.#ignored.set(reason, (this.#ignored.get(reason) ?? 0) + times);
  }

  /** The finished columns, cut to their exact length. */
  finish(): Pick<
    Trace,
    | 'requests'
    | 'ops'
    | 'devices'
    | 'offsets'
    | 'lengths'
    | 'deviceCount'
    | 'deviceNames'
    | 'span'
    | 'ignored'
  > {
    const requests = this.#requests;
    return {
      requests,
      ops: this.#ops.slice(0, requests),
      devices: this.#devices.slice(0, requests),
      offsets: this.#offsets.slice(0, requests),
      lengths: this.#lengths.slice(0, requests),
      deviceCount: this.#deviceCount,
      deviceNames: this.deviceNames,
      span: this.#span,
      ignored: Object.fromEntries(this.#ignored),
    };
  }

  #meet(device: number): void {
    if (device >= this.#seen.length) {
      const grown = new Uint8Array(Math.min(DEVICE_LIMIT, 2 * (device + 1)));
      grown.set(this.#seen);
      this.#seen = grown;
    }
    if (this.#seen[device] === 0) {
      this.#seen[device] = 1;
      this.#deviceCount++;
    }
    this.#lastDevice = device;
  }

  #grow(capacity: number): void {
    const ops = new Uint8Array(capacity);
    const devices = new Uint32Array(capacity);
    const offsets = new Float64Array(capacity);
    const lengths = new Float64Array(capacity);
    ops.set(this.#ops);
    devices.set(this.#devices);
    offsets.set(this.#offsets);
    lengths.set(this.#lengths);
    this.#ops = ops;
    this.#devices = devices;
    this.#offsets = offsets;
    this.#lengths = lengths;
  }
}
