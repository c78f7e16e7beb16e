import { apply, type Request, type Terrain } from './sequence.ts';

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
    const candidates = this.recent.map(({ request }) => {
      const after = this.bytes.slice();
      apply(after, request, this.terrain);
      return { request, after };
    });
    for (let at = 0; at < found.length; at++) {
      const byte = found[at];
      if (byte === this.bytes[at]) continue;
      const possible = candidates.some(
        ({ request, after }) =>
          at >= request.offset && at < request.offset + request.length && after[at] === byte,
      );
      if (!possible) {
        throw new Error(
          `byte ${at} is ${byte}, and ${this.bytes[at]} was flushed; nobody wrote that since`,
        );
      }
    }
  }
}
