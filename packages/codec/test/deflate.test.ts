import zlib from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { deflate as browser } from '../src/deflate.ts';
import { deflate as node } from '../src/node/deflate.ts';
import { noise } from './clusters.ts';

const bomb = zlib.deflateRawSync(new Uint8Array(50_000_000), { level: 1 });

describe.each([
  ['Node', node],
  ['browser', browser],
])('deflate, %s', (_, codec) => {
  it('stops at the end of the cluster when the stream goes on, as QEMU does', async () => {
    const long = new Uint8Array(10_000).fill(1).fill(2, 4096);
    const into = new Uint8Array(4096);
    await codec.decompress(zlib.deflateRawSync(long), into);
    expect(into.every((byte) => byte === 1)).toBe(true);
  });

  it('does not inflate a bomb', async () => {
    const before = process.memoryUsage().arrayBuffers;
    await codec.decompress(bomb, new Uint8Array(65_536));
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(10_000_000);
  });

  it('reads distances beyond the window of writers, as QEMU does', async () => {
    const half = noise(30_000);
    const cluster = new Uint8Array(60_000);
    cluster.set(half);
    cluster.set(half, 30_000);
    const into = new Uint8Array(60_000);
    await codec.decompress(zlib.deflateRawSync(cluster, { windowBits: 15 }), into);
    expect(Buffer.compare(into, cluster)).toBe(0);
  });

  it('writes nothing that needs a larger window', async () => {
    const half = noise(30_000);
    const cluster = new Uint8Array(65_536);
    cluster.set(half);
    cluster.set(half, 30_000);
    const stream = (await codec.compress(cluster)) as Uint8Array;
    // Fed in pieces, zlib may not look back further than the window it is told of.
    const inflate = zlib.createInflateRaw({ windowBits: 12, chunkSize: 64 });
    const output: Uint8Array[] = [];
    inflate.end(stream);
    for await (const piece of inflate) output.push(piece as Uint8Array);
    expect(Buffer.compare(Buffer.concat(output), cluster)).toBe(0);
  });
});
