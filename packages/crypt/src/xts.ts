// XTS-AES (IEEE 1619): each block of a sector is masked before and after encryption. The sector's tweak, encrypted with the second key, is the mask of its
// first block; each further mask is the one before times x in GF(2^128). A run of sectors costs two calls of the block cipher: one for all tweaks, one for
// all blocks.
import { BLOCK_BYTES, type BlockCipher } from './block-cipher.ts';
import { checkSectors, SECTOR_BYTES, type SectorCipher } from './sector-cipher.ts';
import type { IvSource } from './sector-iv.ts';
import { wordsOf } from './words.ts';

/** Most bytes that are encrypted in one go: with their masks they fit a processor's cache. */
const RUN_BYTES = 32768;

const LITTLE_ENDIAN = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

/** AES-XTS over sectors. */
export class Xts implements SectorCipher {
  readonly #data: BlockCipher;
  readonly #tweak: BlockCipher;
  readonly #ivs: IvSource;
  // Masks of a run, and the run masked. Nothing waits while they are in use.
  readonly #masks = new Int32Array(RUN_BYTES / 4);
  readonly #masked = new Uint8Array(RUN_BYTES);

  constructor(data: BlockCipher, tweak: BlockCipher, ivs: IvSource) {
    this.#data = data;
    this.#tweak = tweak;
    this.#ivs = ivs;
  }

  encrypt(bytes: Uint8Array, sector: number): void {
    checkSectors(bytes);
    for (let at = 0; at < bytes.length; at += RUN_BYTES) {
      const run = bytes.subarray(at, at + RUN_BYTES);
      this.#unmask(this.#data.encrypt(this.#mask(run, sector + at / SECTOR_BYTES)), run);
    }
  }

  decrypt(bytes: Uint8Array, sector: number): void {
    checkSectors(bytes);
    for (let at = 0; at < bytes.length; at += RUN_BYTES) {
      const run = bytes.subarray(at, at + RUN_BYTES);
      this.#unmask(this.#data.decrypt(this.#mask(run, sector + at / SECTOR_BYTES)), run);
    }
  }

  /** Makes the masks of a run and applies them to a copy of it. */
  #mask(run: Uint8Array, sector: number): Uint8Array {
    const tweaks = this.#tweak.encrypt(this.#ivs(sector, run.length / SECTOR_BYTES));
    const masked = this.#masked.subarray(0, run.length);
    masked.set(run);
    fillMasks(this.#masks, tweaks);
    xorInto(wordsOf(masked), this.#masks);
    return masked;
  }

  #unmask(result: Uint8Array, run: Uint8Array): void {
    const words = wordsOf(result);
    xorInto(words, this.#masks);
    run.set(new Uint8Array(words.buffer, words.byteOffset, words.byteLength));
  }
}

/** The masks of all blocks of the sectors whose encrypted tweaks these are. */
function fillMasks(masks: Int32Array, tweaks: Uint8Array): void {
  const view = new DataView(tweaks.buffer, tweaks.byteOffset, tweaks.byteLength);
  let at = 0;
  for (let tweak = 0; tweak < tweaks.length; tweak += BLOCK_BYTES) {
    let a = view.getInt32(tweak, true);
    let b = view.getInt32(tweak + 4, true);
    let c = view.getInt32(tweak + 8, true);
    let d = view.getInt32(tweak + 12, true);
    for (const end = at + SECTOR_BYTES / 4; at < end; at += 4) {
      masks[at] = a;
      masks[at + 1] = b;
      masks[at + 2] = c;
      masks[at + 3] = d;
      // Times x: the bit that falls out comes back as x^7 + x^2 + x + 1.
      const carry = (d >> 31) & 0x87;
      d = (d << 1) | (c >>> 31);
      c = (c << 1) | (b >>> 31);
      b = (b << 1) | (a >>> 31);
      a = (a << 1) ^ carry;
    }
  }
  if (!LITTLE_ENDIAN) swapWords(masks, at);
}

/** Turns the bytes of the first `count` words around: a mask is little-endian. */
function swapWords(words: Int32Array, count: number): void {
  const view = new DataView(words.buffer);
  for (let i = 0; i < count; i++) view.setInt32(i * 4, words[i]!, true);
}

function xorInto(words: Int32Array, masks: Int32Array): void {
  for (let i = 0; i < words.length; i++) words[i]! ^= masks[i]!;
}
