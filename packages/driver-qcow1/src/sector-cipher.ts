// AES as QCOW version 1 has it: AES-128-CBC over sectors of 512 bytes, each by itself. Key: the passphrase, cut or padded with zeroes to 16 bytes.
// IV: the guest's sector number, 64 bits little-endian, then 8 zeroes. Nothing tells a wrong passphrase, and equal sectors at equal places show: it is insecure.
//
// WebCrypto knows CBC with padding only. Writing, the padding block is cut off. Reading, a padding block is made: the encryption of nothing, with the last
// block as its IV. A run of sectors is decrypted at once, as one chain; what CBC did wrong at the borders of sectors is undone by two XORs, so a run costs
// two calls and not two for each sector.

const SECTOR = 512;
const BLOCK = 16;

type Key = Awaited<ReturnType<typeof globalThis.crypto.subtle.importKey>>;

const EMPTY = new Uint8Array(0);

/** Encrypts and decrypts runs of sectors. */
export class SectorCipher {
  private readonly key: Key;

  private constructor(key: Key) {
    this.key = key;
  }

  /** The cipher for a passphrase: text is UTF-8, and of the bytes the first 16 count. */
  static async create(passphrase: string | Uint8Array): Promise<SectorCipher> {
    const given =
      typeof passphrase === 'string' ? new TextEncoder().encode(passphrase) : passphrase;
    const key = new Uint8Array(BLOCK);
    key.set(given.subarray(0, BLOCK));
    return new SectorCipher(
      await globalThis.crypto.subtle.importKey('raw', key, 'AES-CBC', false, [
        'encrypt',
        'decrypt',
      ]),
    );
  }

  /** The sectors in `bytes`, the first of which is the guest's sector `sector`, encrypted. A copy. */
  async encrypt(bytes: Uint8Array, sector: number): Promise<Uint8Array> {
    const encrypted = new Uint8Array(bytes.length);
    const work: Promise<void>[] = [];
    for (let at = 0; at < bytes.length; at += SECTOR) {
      const plain = bytes.slice(at, at + SECTOR);
      const done = this.chain('encrypt', ivOf(sector + at / SECTOR), plain);
      work.push(done.then((chained) => encrypted.set(chained.subarray(0, SECTOR), at)));
    }
    await Promise.all(work);
    return encrypted;
  }

  /** The sectors in `bytes`, the first of which is the guest's sector `sector`, decrypted. A copy. */
  async decrypt(bytes: Uint8Array, sector: number): Promise<Uint8Array> {
    const { length } = bytes;
    const padded = new Uint8Array(length + BLOCK);
    padded.set(bytes);
    padded.set(await this.chain('encrypt', bytes.slice(length - BLOCK), EMPTY), length);
    const plain = await this.chain('decrypt', ivOf(sector), padded);
    for (let at = SECTOR; at < length; at += SECTOR) {
      const iv = ivOf(sector + at / SECTOR);
      for (let i = 0; i < BLOCK; i++) plain[at + i]! ^= bytes[at - BLOCK + i]! ^ iv[i]!;
    }
    return plain;
  }

  private async chain(
    verb: 'encrypt' | 'decrypt',
    iv: Uint8Array<ArrayBuffer>,
    bytes: Uint8Array<ArrayBuffer>,
  ): Promise<Uint8Array<ArrayBuffer>> {
    return new Uint8Array(
      await globalThis.crypto.subtle[verb]({ name: 'AES-CBC', iv }, this.key, bytes),
    );
  }
}

function ivOf(sector: number): Uint8Array<ArrayBuffer> {
  const iv = new Uint8Array(BLOCK);
  const view = new DataView(iv.buffer);
  view.setUint32(0, sector % 0x1_0000_0000, true);
  view.setUint32(4, Math.floor(sector / 0x1_0000_0000), true);
  return iv;
}
