// AES-CBC over sectors, each a chain of its own. Decryption takes one call of the block cipher for all sectors. Encryption must wait for the block
// before, but not for other sectors: the first blocks of all sectors of a run are encrypted in one call, then the second ones, and so on.
import { BLOCK_BYTES, type BlockCipher } from './block-cipher.ts';
import { checkSectors, SECTOR_BYTES, type SectorCipher } from './sector-cipher.ts';
import type { IvSource } from './sector-iv.ts';

/** Most bytes that are encrypted in one go: they fit a processor's cache. */
const RUN_BYTES = 32768;

/** AES-CBC over sectors. */
export class Cbc implements SectorCipher {
  readonly #data: BlockCipher;
  readonly #ivs: IvSource;

  constructor(data: BlockCipher, ivs: IvSource) {
    this.#data = data;
    this.#ivs = ivs;
  }

  encrypt(bytes: Uint8Array, sector: number): void {
    checkSectors(bytes);
    for (let at = 0; at < bytes.length; at += RUN_BYTES) {
      this.#encryptRun(bytes.subarray(at, at + RUN_BYTES), sector + at / SECTOR_BYTES);
    }
  }

  #encryptRun(run: Uint8Array, sector: number): void {
    const count = run.length / SECTOR_BYTES;
    const column = new Uint8Array(count * BLOCK_BYTES);
    let before = this.#ivs(sector, count);
    for (let block = 0; block < SECTOR_BYTES; block += BLOCK_BYTES) {
      for (let at = block, i = 0; at < run.length; at += SECTOR_BYTES) {
        for (let k = 0; k < BLOCK_BYTES; k++, i++) column[i] = run[at + k]! ^ before[i]!;
      }
      before = this.#data.encrypt(column);
      for (let at = block, i = 0; at < run.length; at += SECTOR_BYTES) {
        for (let k = 0; k < BLOCK_BYTES; k++, i++) run[at + k] = before[i]!;
      }
    }
  }

  decrypt(bytes: Uint8Array, sector: number): void {
    checkSectors(bytes);
    const ivs = this.#ivs(sector, bytes.length / SECTOR_BYTES);
    const plain = this.#data.decrypt(bytes);
    for (let start = 0, iv = 0; start < bytes.length; start += SECTOR_BYTES, iv += BLOCK_BYTES) {
      // From the end, so that the block before is still encrypted.
      for (let at = start + SECTOR_BYTES - 1; at >= start + BLOCK_BYTES; at--) {
        bytes[at] = plain[at]! ^ bytes[at - BLOCK_BYTES]!;
      }
      for (let k = 0; k < BLOCK_BYTES; k++) bytes[start + k] = plain[start + k]! ^ ivs[iv + k]!;
    }
  }
}
