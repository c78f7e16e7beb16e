/**
 * Numbers named devices in the order of their first appearance. A name that is repeated costs a comparison of bytes; a string is made only
 * when a name is new.
 */
export class DeviceNames {
  readonly #names: string[];
  readonly #bytes: Uint8Array[] = [];
  readonly #byHash = new Map<number, number[]>();
  #last = -1;

  /** `names` is filled: the name of device i. */
  constructor(names: string[]) {
    this.#names = names;
  }

  /** The number of the device whose name is these bytes. */
  number(bytes: Uint8Array, start: number, end: number): number {
    if (this.#last >= 0 && this.#is(this.#last, bytes, start, end)) return this.#last;
    let hash = 0x811c9dc5;
    for (let i = start; i < end; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
    const known = this.#byHash.get(hash) ?? [];
    for (const device of known) {
      if (this.#is(device, bytes, start, end)) return (this.#last = device);
    }
    const device = this.#names.length;
    known.push(device);
    this.#byHash.set(hash, known);
    this.#bytes.push(bytes.slice(start, end));
    this.#names.push(String.fromCharCode(...bytes.subarray(start, end)));
    return (this.#last = device);
  }

  #is(device: number, bytes: Uint8Array, start: number, end: number): boolean {
    const name = this.#bytes[device]!;
    const length = end - start;
    if (name.length !== length) return false;
    for (let i = 0; i < length; i++) if (name[i] !== bytes[start + i]) return false;
    return true;
  }
}
