import { apply, byteAt, type Request, type Terrain } from './sequence.ts';

/** Bytes that are compared at once. */
const BLOCK = 4096;

/** A request that may or may not have survived. */
interface Recent {
  readonly request: Request;
  acknowledged: boolean;
}

/** What a guest may find after a power cut: every byte that a flush covered, and of later requests any part. */
export class Durable {
  private readonly bytes: Uint8Array;
  private readonly terrain: Terrain;
  private recent: Recent[] = [];

  constructor(bytes: Uint8Array, terrain: Terrain) {
    this.bytes = bytes.slice();
    this.terrain = terrain;
  }

  /** A request that changes something is being issued. @returns what to call when it is acknowledged */
  issue(request: Request): () => void {
    const recent = { request, acknowledged: false };
    this.recent.push(recent);
    return () => {
      recent.acknowledged = true;
    };
  }

  /** A flush is being issued. @returns what to call when it has succeeded */
  flush(): () => void {
    const covered = this.recent.filter(({ acknowledged }) => acknowledged);
    return () => {
      for (const { request } of covered) apply(this.bytes, request, this.terrain);
      this.recent = this.recent.filter((recent) => !covered.includes(recent));
    };
  }

  /** Throws when `found` is not what a guest may find. */
  verify(found: Uint8Array): void {
    if (Buffer.compare(found, this.bytes) === 0) return;
    for (let at = 0; at < found.length; at++) {
      const block = at + BLOCK;
      if (
        at % BLOCK === 0 &&
        Buffer.compare(found.subarray(at, block), this.bytes.subarray(at, block)) === 0
      ) {
        at = block - 1;
        continue;
      }
      const byte = found[at];
      if (byte === this.bytes[at]) continue;
      const possible = this.recent.some(
        ({ request }) =>
          (request.op === 'write' || request.op === 'zero' || request.op === 'unmap') &&
          at >= request.offset &&
          at < request.offset + request.length &&
          byteAt(request, at) === byte,
      );
      if (!possible) {
        throw new Error(
          `byte ${at} is ${byte}, and ${this.bytes[at]} was flushed; nobody wrote that since`,
        );
      }
    }
  }
}
