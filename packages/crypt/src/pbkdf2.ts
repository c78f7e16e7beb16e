import { WEB_HASHES, type HashName } from './hash.ts';

/** How a key is made of a passphrase. */
export interface Derivation {
  readonly hash: HashName;
  readonly salt: Uint8Array;
  /** How often the hash is applied; time is proportional to it. */
  readonly iterations: number;
  /** Bytes of the key. */
  readonly keyBytes: number;
}

/** The key that PBKDF2 (RFC 8018) with HMAC makes of `secret`. Runs outside of the JavaScript thread. */
export async function pbkdf2(secret: Uint8Array, derivation: Derivation): Promise<Uint8Array> {
  const { subtle } = globalThis.crypto;
  const { hash, salt, iterations, keyBytes } = derivation;
  const key = await subtle.importKey('raw', secret.slice(), 'PBKDF2', false, ['deriveBits']);
  const how = { name: 'PBKDF2', hash: WEB_HASHES[hash], salt: salt.slice(), iterations };
  return new Uint8Array(await subtle.deriveBits(how, key, keyBytes * 8));
}

/**
 * How many iterations take about `milliseconds` on this machine, in whole thousands and 1000 at least.
 * Measured by deriving keys of 20 bytes or more, as long as `derivation` says, until that took a tenth of a second.
 */
export async function iterationsFor(
  milliseconds: number,
  derivation: Omit<Derivation, 'iterations' | 'salt'>,
): Promise<number> {
  const secret = new Uint8Array(16);
  const salt = new Uint8Array(32);
  for (let iterations = 4096; ; iterations *= 4) {
    const before = performance.now();
    await pbkdf2(secret, { ...derivation, salt, iterations });
    const took = performance.now() - before;
    if (took < 100) continue;
    return Math.max(1, Math.round((iterations * milliseconds) / took / 1000)) * 1000;
  }
}
