import fs from 'node:fs';
import path from 'node:path';
import { qemuImg, scratch, withQemu } from '@q/judge';
import { describe, expect, it } from 'vitest';
import type { Codec } from '../src/codec.ts';
import { deflate as exactDeflate } from '../src/exact.ts';
import { codecs as browser } from '../src/index.ts';
import { codecs as node } from '../src/node/index.ts';
import { noise, sampleClusters } from './clusters.ts';
import { compressedClusters, withStreams } from './compressed-image.ts';

const sizes = [512, 4096, 65_536, 2_097_152];

/** A raw disk, and the compressed image that qemu-img made of it. */
interface Made {
  readonly raw: Buffer;
  readonly file: string;
  readonly image: Buffer;
}

withQemu('qemu-img convert -c', () => {
  const images = new Map<string, Made>();
  const folder = scratch();
  const clusterOf = (raw: Buffer, index: number, size: number) =>
    raw.subarray(index * size, (index + 1) * size);

  /** What qemu-img makes of the sample clusters, and of one that cannot be compressed. */
  function made(type: string, size: number): Made {
    const name = `${size}.${type}`;
    const before = images.get(name);
    if (before !== undefined) return before;
    const rawFile = path.join(folder, `${size}.raw`);
    const file = path.join(folder, `${name}.qcow2`);
    const { zeroes, ...samples } = sampleClusters(size);
    const raw = Buffer.concat([...Object.values(samples), noise(size), zeroes as Uint8Array]);
    fs.writeFileSync(rawFile, raw);
    const options = `cluster_size=${size},compression_type=${type}`;
    qemuImg(['convert', '-c', '-f', 'raw', '-O', 'qcow2', '-o', options, rawFile, file]);
    const image = { raw, file, image: fs.readFileSync(file) };
    images.set(name, image);
    return image;
  }

  const codecs: [string, string, Codec][] = [
    ['zlib', 'deflate, Node', node.deflate],
    ['zlib', 'deflate, browser', browser.deflate],
    ['zstd', 'zstd, Node', node.zstd],
    ['zstd', 'zstd, browser', browser.zstd],
  ];

  describe.each(codecs)('%s against %s', (type, _, codec) => {
    it.each(sizes)('is read back from clusters of %i bytes', async (size) => {
      const { raw, image } = made(type, size);
      const clusters = compressedClusters(image);
      expect(clusters.map(({ index }) => index)).toEqual([0, 1, 2, 3]);
      for (const { index, stream } of clusters) {
        const into = new Uint8Array(size);
        await codec.decompress(stream, into);
        expect(Buffer.compare(into, clusterOf(raw, index, size))).toBe(0);
      }
    });

    it.each(sizes)('reads what is written here in clusters of %i bytes', async (size) => {
      const { raw, file, image } = made(type, size);
      const streams = new Map();
      for (const cluster of compressedClusters(image)) {
        const stream = await codec.compress(clusterOf(raw, cluster.index, size));
        if (stream === undefined) throw new Error(`cluster ${cluster.index} was not compressed`);
        streams.set(cluster, stream);
      }
      fs.writeFileSync(file, withStreams(image, streams));
      const back = path.join(folder, 'back.raw');
      qemuImg(['convert', '-f', 'qcow2', '-O', 'raw', file, back]);
      expect(Buffer.compare(fs.readFileSync(back), raw)).toBe(0);
    });
  });

  it.each(sizes)('writes the bytes of @q/codec/exact in clusters of %i bytes', async (size) => {
    const { raw, image } = made('zlib', size);
    for (const { index, stream } of compressedClusters(image)) {
      const ours = (await exactDeflate.compress(clusterOf(raw, index, size))) as Uint8Array;
      expect(Buffer.compare(stream.subarray(0, ours.length), ours), `cluster ${index}`).toBe(0);
    }
  });
});
