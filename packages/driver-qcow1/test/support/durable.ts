import { apply, byteAfter, type Request } from './sequence.ts';

/** A request that may or may not have survived. */
interface Recent {
  readonly request: Request;
  acknowledged: boolean;
}

/** What a guest may find after a power cut: every byte that a flush covered, and of later requests any part. */
export class Durable {
  private readonly bytes: Uint8Array;
  private recent: Recent[] = [];

  constructor(bytes: Uint8Array) {
    this.bytes = bytes.slice();
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
      for (const { request } of covered) apply(this.bytes, request);
      this.recent = this.recent.filter((recent) => !covered.includes(recent));
    };
  }

  /** Throws when `found` is not what a guest may find. */
  verify(found: Uint8Array): void {
    if (Buffer.compare(found, this.bytes) === 0) return;
    for (let at = 0; at < found.length; at++) {
      const byte = found[at];
      if (byte === this.bytes[at]) continue;
      const old = this.bytes[at]!;
      const possible = this.recent.some(
        ({ request }) =>
          at >= request.offset &&
          at < request.offset + request.length &&
          byteAfter(request, at, old) === byte,
      );
      if (possible) continue;
      throw new Error(
        `byte ${at} is ${byte}, and ${this.bytes[at]} was flushed; nobody wrote that since`,
      );
    }
  }
}
