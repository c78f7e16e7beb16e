import { apply, byteAfter, type Request } from './sequence.ts';

/** The guest's bytes when some requests have failed: each of their bytes is the old or the new one. */
export class Uncertain {
  readonly bytes: Uint8Array;
  private readonly others = new Map<number, Set<number>>();

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  /** A request has succeeded. */
  succeeded(request: Request): void {
    const { offset, length } = request;
    apply(this.bytes, request);
    if (request.op === 'discard') return;
    for (let at = offset; at < offset + length; at++) this.others.delete(at);
  }

  /** A request has failed. */
  failed(request: Request): void {
    for (let at = request.offset; at < request.offset + request.length; at++) {
      const old = this.bytes[at]!;
      const byte = byteAfter(request, at, old);
      if (byte === old) continue;
      let others = this.others.get(at);
      if (others === undefined) this.others.set(at, (others = new Set()));
      others.add(byte);
    }
  }

  /** Throws when `found`, read at `offset`, is not what it may be. */
  verify(found: Uint8Array, offset = 0): void {
    for (let i = 0; i < found.length; i++) {
      const at = offset + i;
      if (found[i] === this.bytes[at] || this.others.get(at)?.has(found[i]!) === true) continue;
      throw new Error(`byte ${at} is ${found[i]}, not ${this.bytes[at]}`);
    }
  }
}
