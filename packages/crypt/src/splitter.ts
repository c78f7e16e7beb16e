// The anti-forensic splitter (LUKS1 On-Disk Format Specification, section 2.4): a key is spread over many stripes, all of which are needed to put it together
// again, so that it is gone when any of them is.
import { run, wait, type MaybePromise, type Steps } from '@q/block';
import { HASH_BYTES, type Digest, type HashName } from './hash.ts';

/** How a key is split. */
export interface Split {
  readonly hash: HashName;
  /** Parts that the key is spread over; LUKS has 4000. */
  readonly stripes: number;
}

/** Spreads `key` over `stripes` times its length, all but the last stripe of it random. */
export function splitWith(digest: Digest, key: Uint8Array, split: Split): MaybePromise<Uint8Array> {
  const random = new Uint8Array(key.length * (split.stripes - 1));
  // No more than 64 KiB of randomness for each call, says WebCrypto.
  for (let at = 0; at < random.length; at += 65536) {
    globalThis.crypto.getRandomValues(random.subarray(at, at + 65536));
  }
  return run(splitSteps(digest, key, random, split));
}

function* splitSteps(
  digest: Digest,
  key: Uint8Array,
  random: Uint8Array,
  { hash }: Split,
): Steps<Uint8Array> {
  const last = yield* mix(digest, hash, random, key.length);
  xor(last, key);
  const material = new Uint8Array(random.length + key.length);
  material.set(random);
  material.set(last, random.length);
  return material;
}

/** The key that was spread over `material`. */
export function mergeWith(
  digest: Digest,
  material: Uint8Array,
  split: Split,
): MaybePromise<Uint8Array> {
  return run(mergeSteps(digest, material, split));
}

function* mergeSteps(
  digest: Digest,
  material: Uint8Array,
  { hash, stripes }: Split,
): Steps<Uint8Array> {
  const length = material.length / stripes;
  if (!Number.isInteger(length)) {
    throw new RangeError(`${material.length} bytes are not ${stripes} stripes`);
  }
  const key = yield* mix(digest, hash, material.subarray(0, -length), length);
  xor(key, material.subarray(-length));
  return key;
}

/** What the stripes before the last one come to. */
function* mix(
  digest: Digest,
  hash: HashName,
  stripes: Uint8Array,
  length: number,
): Steps<Uint8Array> {
  let mixed = new Uint8Array(length);
  for (let at = 0; at < stripes.length; at += length) {
    xor(mixed, stripes.subarray(at, at + length));
    mixed = yield* diffuse(digest, hash, mixed);
  }
  return mixed;
}

/** Replaces each piece as long as a digest by the digest of its number (32 bits, big-endian) and itself. */
function* diffuse(
  digest: Digest,
  hash: HashName,
  bytes: Uint8Array,
): Steps<Uint8Array<ArrayBuffer>> {
  const pieceBytes = HASH_BYTES[hash];
  const diffused = new Uint8Array(bytes.length);
  for (let at = 0, number = 0; at < bytes.length; at += pieceBytes, number++) {
    const piece = bytes.subarray(at, at + pieceBytes);
    const input = new Uint8Array(4 + piece.length);
    new DataView(input.buffer).setUint32(0, number);
    input.set(piece, 4);
    const hashed = yield* wait(digest(hash, input));
    diffused.set(hashed.subarray(0, piece.length), at);
  }
  return diffused;
}

function xor(into: Uint8Array, other: Uint8Array): void {
  for (let i = 0; i < into.length; i++) into[i]! ^= other[i]!;
}
