import { MemoryDevice } from '@q/block';
import { expect, it } from 'vitest';
import { check, create, open, type Qcow1Image } from '../src/index.ts';
import { readAll } from './support/shapes.ts';

const CLUSTER = 4096;
const text = (length: number): Uint8Array => new Uint8Array(length).map((_, i) => (i >> 5) & 0xff);
const noise = (length: number): Uint8Array =>
  globalThis.crypto.getRandomValues(new Uint8Array(length));

async function image(size = CLUSTER * 8): Promise<{ file: MemoryDevice; disk: Qcow1Image }> {
  const file = new MemoryDevice();
  return { file, disk: await create(file, { size }) };
}

it('compresses clusters that get smaller, and stores the others as they are', async () => {
  const { file, disk } = await image();
  const bytes = new Uint8Array(CLUSTER * 3);
  bytes.set(text(CLUSTER));
  bytes.set(noise(CLUSTER), CLUSTER);
  bytes.set(text(CLUSTER), CLUSTER * 2);
  await disk.writeCompressed(bytes, CLUSTER);
  await disk.close();
  expect(await check(file)).toMatchObject({
    compressedClusters: 2,
    dataClusters: 1,
    corruptions: 0,
  });
  const again = await open(file);
  expect((await readAll(again)).subarray(CLUSTER, CLUSTER * 4)).toEqual(bytes);
  await again.close();
});

it('pads the last cluster of a disk that ends in it', async () => {
  const { file, disk } = await image(CLUSTER + 512);
  await disk.writeCompressed(text(CLUSTER + 512), 0);
  await disk.close();
  expect(await check(file)).toMatchObject({ compressedClusters: 2, leaks: 0 });
  const again = await open(file);
  expect(await readAll(again)).toEqual(text(CLUSTER + 512));
  await again.close();
});

it('unpacks a cluster that is written in part, and does not touch the stream', async () => {
  const { file, disk } = await image();
  await disk.writeCompressed(text(CLUSTER), 0);
  await disk.write(new Uint8Array(100).fill(0xee), 700);
  await disk.close();
  const expected = text(CLUSTER);
  expected.fill(0xee, 700, 800);
  const again = await open(file);
  expect((await readAll(again)).subarray(0, CLUSTER)).toEqual(expected);
  expect(await check(file)).toMatchObject({
    compressedClusters: 0,
    dataClusters: 1,
    corruptions: 0,
  });
  await again.close();
});

it('shows what is read next to be new when a cluster is compressed again', async () => {
  const { disk } = await image();
  const into = new Uint8Array(10);
  for (let value = 1; value < 4; value++) {
    await disk.writeCompressed(new Uint8Array(CLUSTER).fill(value), 0);
    await disk.read(into, 5);
    expect(into).toEqual(new Uint8Array(10).fill(value));
  }
  await disk.close();
});

it('takes whole clusters only', async () => {
  const { disk } = await image();
  for (const [length, offset] of [
    [512, 0],
    [CLUSTER, 512],
    [CLUSTER + 1, 0],
  ] as const) {
    expect(() => disk.writeCompressed(new Uint8Array(length), offset)).toThrow(RangeError);
  }
  await disk.close();
});

it('is not for encrypted images', async () => {
  const { file, disk } = await image();
  await disk.close();
  file.write(Uint8Array.of(0, 0, 0, 1), 36);
  const encrypted = await open(file, { passphrase: () => 'key' });
  const unsupported = expect.objectContaining({ code: 'unsupported' });
  expect(() => encrypted.writeCompressed(new Uint8Array(CLUSTER), 0)).toThrow(unsupported);
  await encrypted.close();
});
