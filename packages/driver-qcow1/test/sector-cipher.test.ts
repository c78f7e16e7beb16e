import { MemoryDevice, Prng } from '@q/block';
import { createCipheriv } from 'node:crypto';
import { expect, it } from 'vitest';
import { create, open } from '../src/index.ts';
import { SectorCipher } from '../src/sector-cipher.ts';

/** One sector by Node's own AES. */
function byNode(plain: Uint8Array, key: Uint8Array, sector: bigint): Uint8Array {
  const iv = Buffer.alloc(16);
  iv.writeBigUInt64LE(sector);
  const cipher = createCipheriv('aes-128-cbc', key, iv).setAutoPadding(false);
  return Buffer.concat([cipher.update(plain), cipher.final()]);
}

it('encrypts each sector as AES-128-CBC with the sector number as IV does, and decrypts runs of them', async () => {
  const key = new Uint8Array(16);
  key.set(new TextEncoder().encode('sesame'));
  const cipher = await SectorCipher.create('sesame');
  for (const first of [0, 7, 2 ** 32 - 2, 2 ** 40]) {
    const plain = new Prng(first).fill(new Uint8Array(5 * 512));
    const expected = new Uint8Array(plain.length);
    for (let i = 0; i < 5; i++) {
      const sector = plain.subarray(i * 512, (i + 1) * 512);
      expected.set(byNode(sector, key, BigInt(first) + BigInt(i)), i * 512);
    }
    const encrypted = await cipher.encrypt(plain, first);
    expect(Buffer.compare(encrypted, expected)).toBe(0);
    expect(Buffer.compare(await cipher.decrypt(encrypted, first), plain)).toBe(0);
    const part = encrypted.subarray(1024, 2048);
    expect(Buffer.compare(await cipher.decrypt(part, first + 2), plain.subarray(1024, 2048))).toBe(
      0,
    );
  }
});

it('takes 16 bytes of a passphrase', async () => {
  const plain = new Uint8Array(512).fill(3);
  const short = await SectorCipher.create('0123456789abcdef');
  const long = await SectorCipher.create(new TextEncoder().encode('0123456789abcdefg'));
  expect(await long.encrypt(plain, 1)).toEqual(await short.encrypt(plain, 1));
});

it('an encrypted image asks for its passphrase, and its bytes are not in the file', async () => {
  const file = new MemoryDevice();
  await (await create(file, { size: 8192 })).close();
  file.write(Uint8Array.of(0, 0, 0, 1), 36);
  await expect(open(file)).rejects.toMatchObject({ code: 'refused', subject: 'crypt_method' });
  const disk = await open(file, { passphrase: async () => await Promise.resolve('key') });
  const secret = new TextEncoder().encode('in the vault, behind the picture');
  await disk.write(secret, 700);
  await disk.flush();
  const into = new Uint8Array(secret.length);
  await disk.read(into, 700);
  expect(into).toEqual(secret);
  expect(Buffer.from(file.bytes()).includes(Buffer.from(secret))).toBe(false);
  const rest = new Uint8Array(100);
  await disk.read(rest, 4000);
  expect(rest).toEqual(new Uint8Array(100));
  await disk.close();
});
