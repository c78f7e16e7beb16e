import { openFile } from '@q/block/node';
import { qemuImg, scratch, withQemu } from '@q/judge';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { check, open, readHeader, readLuksHeader } from '../../src/index.ts';
import { extensionOf } from '@q/format';
import { readAll } from '../support/chain.ts';
import { dump } from '../support/dump.ts';
import { effort } from '../support/effort.ts';
import { ENCRYPTED_SHAPES } from '../support/encrypted-shapes.ts';
import { batches, play } from '../support/sequence.ts';
import { gates, make, PASSPHRASE, terrainOf } from '../support/shapes.ts';
import { createByQemu, ioByQemu, judgeEncrypted, opts, SECRET } from './secret.ts';

const SIZE = 2 ** 20 + 512;

/** What qemu-img is asked for; making a LUKS image takes it seconds. */
const THEIRS = [
  ['LUKS', 'encrypt.format=luks'],
  [
    'LUKS with another cipher',
    'encrypt.format=luks,encrypt.cipher-alg=aes-128,encrypt.cipher-mode=cbc,encrypt.ivgen-alg=essiv,encrypt.ivgen-hash-alg=sha256,encrypt.hash-alg=sha1',
  ],
  ['legacy AES', 'encrypt.format=aes'],
] as const;

withQemu('encrypted images of qemu-img', () => {
  const folder = scratch();

  it.each(THEIRS)('are read and written in turns: %s', async (_, encryption) => {
    const image = path.join(folder, 'theirs.qcow2');
    createByQemu(image, encryption, String(SIZE));
    ioByQemu(image, ['write -P 1 0 200000', 'write -P 2 300001 70000', 'write -z 128k 64k']);
    const expected = new Uint8Array(SIZE);
    expected.fill(1, 0, 200_000);
    expected.fill(2, 300_001, 370_001);
    expected.fill(0, 131_072, 196_608);

    const file = openFile(image);
    const disk = await open(file, { passphrase: () => PASSPHRASE });
    expect(Buffer.compare(await readAll(disk, 9999), expected)).toBe(0);
    const write = async (byte: number, from: number, to: number): Promise<void> => {
      expected.fill(byte, from, to);
      await disk.write(new Uint8Array(to - from).fill(byte), from);
    };
    await write(3, 100, 101);
    await write(4, 131_000, 131_100);
    await write(5, 500_000, 700_001);
    await write(6, SIZE - 5, SIZE);
    await disk.writeZeroes(66_000, 10_000);
    expected.fill(0, 66_000, 76_000);
    await disk.close();
    expect((await check(file)).findings).toEqual([]);
    await file.close();

    judgeEncrypted(image, expected);
    expect(ioByQemu(image, ['read -P 3 100 1', 'read -P 5 500000 200001'])).not.toContain('fail');
  });

  it.each([THEIRS[0], THEIRS[2]])('share clusters with snapshots: %s', async (_, encryption) => {
    const image = path.join(folder, 'snapshot.qcow2');
    createByQemu(image, encryption, String(SIZE));
    ioByQemu(image, ['write -P 1 0 1M']);
    qemuImg(['snapshot', ...SECRET, '--image-opts', '-c', 'before', opts(image)]);
    const before = new Uint8Array(SIZE).fill(1, 0, 2 ** 20);
    const after = before.slice();
    const file = openFile(image);
    const disk = await open(file, { passphrase: () => PASSPHRASE });
    // Copied from one place of the file to another: what a sector is encrypted with changes, with LUKS.
    for (const [from, to] of [
      [70_001, 70_002],
      [131_072, 135_168],
      [200_000, 400_000],
    ] as const) {
      after.fill(2, from, to);
      await disk.write(new Uint8Array(to - from).fill(2), from);
    }
    expect(Buffer.compare(await readAll(disk), after)).toBe(0);
    await disk.close();
    const old = await open(file, { passphrase: () => PASSPHRASE, snapshot: 'before' });
    expect(Buffer.compare(await readAll(old), before)).toBe(0);
    await old.close();
    await file.close();
    judgeEncrypted(image, after);
    qemuImg(['snapshot', ...SECRET, '--image-opts', '-a', 'before', opts(image)]);
    judgeEncrypted(image, before);
  });

  it('may have compressed clusters, which are not encrypted', async () => {
    const image = path.join(folder, 'compressed.qcow2');
    createByQemu(image, 'encrypt.format=aes', String(SIZE));
    ioByQemu(image, ['write -c -P 7 64k 64k', 'write -P 8 0 64k']);
    const expected = new Uint8Array(SIZE).fill(8, 0, 65_536).fill(7, 65_536, 131_072);
    const file = openFile(image);
    const disk = await open(file, { passphrase: () => PASSPHRASE });
    expect(Buffer.compare(await readAll(disk), expected)).toBe(0);
    await disk.write(Uint8Array.of(9), 70_000);
    expected[70_000] = 9;
    await disk.close();
    await file.close();
    judgeEncrypted(image, expected);
  });
});

withQemu('encrypted images of our own', () => {
  const folder = scratch();

  describe.each(ENCRYPTED_SHAPES)('$name', (shape) => {
    it('are read by QEMU after random sequences', async () => {
      for (let seed = 1; seed <= effort(2, 20); seed++) {
        const made = await make(shape, seed);
        const disk = await open(made.file, gates(made));
        const terrain = terrainOf(shape, disk.size);
        for (const batch of batches(seed, 30, terrain)) {
          await play(disk, batch, made.bytes, terrain);
        }
        await disk.close();
        judgeEncrypted(dump(folder, made), made.bytes);
      }
    });
  });

  it('say of themselves what QEMU says of them', async () => {
    const shape = ENCRYPTED_SHAPES[1]!;
    const made = await make(shape, 1);
    const image = dump(folder, made);
    const info = qemuImg(['info', '--output=json', ...SECRET, '--image-opts', opts(image)]);
    const { encrypt } = (
      JSON.parse(info.stdout) as {
        'format-specific': { data: { encrypt: Record<string, unknown> } };
      }
    )['format-specific'].data;
    const luks = extensionOf(await readHeader(made.file), 'luks')!;
    const header = await readLuksHeader(made.file, luks);
    expect(encrypt).toMatchObject({
      'cipher-alg': 'aes-256',
      'cipher-mode': 'cbc',
      'ivgen-alg': 'essiv',
      'ivgen-hash-alg': 'sha256',
      'hash-alg': header.hashSpec,
      uuid: header.uuid,
      'payload-offset': header.payloadOffset * 512,
      'master-key-iters': header.digestIterations,
    });
    expect(encrypt['slots']).toMatchObject(
      header.slots.map(({ active, materialOffset }) => ({
        active,
        'key-offset': materialOffset * 512,
      })),
    );
  });
});
