import {
  iterationsFor,
  pbkdf2,
  sectorCipher,
  passphraseBytes,
  type HashName,
  type SectorIv,
} from '@q/crypt';
import {
  LUKS_DIGEST_BYTES,
  LUKS_SALT_BYTES,
  LUKS_SLOTS,
  LUKS_STRIPES,
  luksAreaBytes,
  luksSlotOffset,
  serializeLuksHeader,
  validateLuksHeader,
  type LuksHeader,
} from '@q/format/luks';
import { withDefaultLimits, type FormatLimits } from '@q/format';
import { Encryption } from './encryption.ts';
import { luksCipherOf } from './luks-cipher.ts';
import { sealSlot } from './luks-slot.ts';

/** How a new image is encrypted, with LUKS. */
export interface LuksCreateOptions {
  /** Opens the image: bytes, or text, which is taken as UTF-8. */
  readonly passphrase: Uint8Array | string;
  /** Bits of an AES key. Default 256. (192 is no choice: QEMU 7.2 dies of it.) */
  readonly keyBits?: 128 | 256;
  /** Default `xts`. */
  readonly mode?: 'xts' | 'cbc';
  /** Default `plain64`; with `cbc` better `essiv:sha256`. */
  readonly iv?: SectorIv;
  /** Of key derivation. Default `sha256`. */
  readonly hash?: HashName;
  /** Iterations of key derivation, 1000 at least. Default: as many as take `unlockMilliseconds` on this machine. */
  readonly iterations?: number;
  /** How long a passphrase takes to be tried. Default 2000. */
  readonly unlockMilliseconds?: number;
}

/** The defaults of {@link LuksCreateOptions}. */
export const LUKS_CREATE_DEFAULTS = {
  keyBits: 256,
  mode: 'xts',
  iv: 'plain64',
  hash: 'sha256',
  unlockMilliseconds: 2000,
} as const satisfies Partial<LuksCreateOptions>;

/** Fewer make trying passphrases too cheap. */
const MIN_ITERATIONS = 1000;

/** A new header with its key material, and what it unlocks. */
export interface NewLuks {
  /** What is to stand at the start of the area. */
  readonly header: Uint8Array;
  /** The key material of the first slot, and where it goes, bytes from the start of the area. */
  readonly material: Uint8Array;
  readonly materialOffset: number;
  readonly encryption: Encryption;
}

/** Bytes of the master key. @throws RangeError for a key that there is not */
export function luksKeyBytes(options: LuksCreateOptions): number {
  const { keyBits, mode } = { ...LUKS_CREATE_DEFAULTS, ...options };
  if (keyBits !== 128 && keyBits !== 256) {
    throw new RangeError(`keyBits must be 128 or 256, not ${String(keyBits)}`);
  }
  return (keyBits / 8) * (mode === 'xts' ? 2 : 1);
}

/** Makes a header with a random master key, which the passphrase opens by its first slot. */
export async function createLuks(
  options: LuksCreateOptions,
  limits: Partial<FormatLimits> = {},
): Promise<NewLuks> {
  const { mode, iv, hash, unlockMilliseconds } = { ...LUKS_CREATE_DEFAULTS, ...options };
  const keyBytes = luksKeyBytes(options);
  const names = { cipherName: 'aes', cipherMode: `${mode}-${iv}`, hashSpec: hash, keyBytes };
  const cipher = luksCipherOf(names);
  const iterations =
    options.iterations ??
    Math.min(
      await iterationsFor(unlockMilliseconds, { hash, keyBytes }),
      withDefaultLimits(limits).luksIterations,
    );
  if (!Number.isInteger(iterations) || iterations < MIN_ITERATIONS) {
    throw new RangeError(`iterations must be at least ${MIN_ITERATIONS}, not ${iterations}`);
  }
  const masterKey = random(keyBytes);
  const areaBytes = luksAreaBytes(keyBytes);
  const digestSalt = random(LUKS_SALT_BYTES);
  const digestIterations = Math.max(MIN_ITERATIONS, Math.floor(iterations / 8));
  const slots = Array.from({ length: LUKS_SLOTS }, (_, i) => ({
    active: i === 0,
    iterations: i === 0 ? iterations : 0,
    salt: i === 0 ? random(LUKS_SALT_BYTES) : new Uint8Array(LUKS_SALT_BYTES),
    materialOffset: luksSlotOffset(keyBytes, i),
    stripes: LUKS_STRIPES,
  }));
  const blank: LuksHeader = {
    ...names,
    payloadOffset: areaBytes / 512,
    digest: new Uint8Array(LUKS_DIGEST_BYTES),
    digestSalt,
    digestIterations,
    uuid: globalThis.crypto.randomUUID(),
    slots,
  };
  const rules = { areaBytes, limits };
  // Before time goes into a header that could not be read again.
  validateLuksHeader(blank, rules);
  const digest = await pbkdf2(masterKey, {
    hash: cipher.hash,
    salt: digestSalt,
    iterations: digestIterations,
    keyBytes: LUKS_DIGEST_BYTES,
  });
  const first = slots[0]!;
  return {
    header: serializeLuksHeader({ ...blank, digest }, rules),
    material: await sealSlot(masterKey, first, cipher, passphraseBytes(options.passphrase)),
    materialOffset: first.materialOffset * 512,
    encryption: new Encryption('luks', await sectorCipher(cipher.spec, masterKey)),
  };
}

function random(length: number): Uint8Array {
  return globalThis.crypto.getRandomValues(new Uint8Array(length));
}
