import type { MaybePromise } from '@q/block';

/** Hashes by the names that LUKS gives them, with the bytes of their digests. */
export const HASH_BYTES = { sha1: 20, sha256: 32, sha384: 48, sha512: 64 } as const;

/** A hash that key derivation may use. */
export type HashName = keyof typeof HASH_BYTES;

/** What WebCrypto calls them. */
export const WEB_HASHES: Readonly<Record<HashName, string>> = {
  sha1: 'SHA-1',
  sha256: 'SHA-256',
  sha384: 'SHA-384',
  sha512: 'SHA-512',
};

/** The digest of `bytes`. */
export type Digest = (hash: HashName, bytes: Uint8Array<ArrayBuffer>) => MaybePromise<Uint8Array>;

/** Digests for browsers. */
export const digest: Digest = async (hash, bytes) =>
  new Uint8Array(await globalThis.crypto.subtle.digest(WEB_HASHES[hash], bytes));
