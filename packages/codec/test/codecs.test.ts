import { isImageError, isPromise } from '@q/block';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Codec } from '../src/codec.ts';
import { codecs as browser } from '../src/index.ts';
import { codecs as node } from '../src/node/index.ts';
import { noise, padded, sampleClusters } from './clusters.ts';

const all: [string, Codec][] = [
  ['deflate, Node', node.deflate],
  ['deflate, browser', browser.deflate],
  ['zstd, Node', node.zstd],
  ['zstd, browser', browser.zstd],
];

const readers = (codec: Codec) =>
  all.map(([, other]) => other).filter((o) => o.name === codec.name);

async function failure(work: () => unknown): Promise<unknown> {
  try {
    await work();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe.each(all)('%s', (_, codec) => {
  it.each([512, 4096, 65_536, 2_097_152])(
    'brings back clusters of %i bytes, padded',
    async (size) => {
      for (const [name, cluster] of Object.entries(sampleClusters(size))) {
        const stream = await codec.compress(cluster);
        if (stream === undefined) throw new Error(`${name} did not become smaller`);
        expect(stream.length).toBeLessThan(size);
        for (const reader of readers(codec)) {
          for (const input of [stream, padded(stream, 511), padded(stream, 300, 0xa5)]) {
            const into = new Uint8Array(size).fill(0xee);
            await reader.decompress(input, into);
            expect(Buffer.compare(into, cluster), name).toBe(0);
          }
        }
      }
    },
  );

  it('makes the same streams on other threads, many at a time', async () => {
    if (codec.compressApart === undefined) {
      // Only what is for browsers may have none.
      expect([browser.deflate, browser.zstd]).toContain(codec);
      return;
    }
    const clusters = Object.values(sampleClusters(65_536)).flatMap((one) => [
      one,
      noise(4096),
      one,
    ]);
    // Parts of one Buffer: neither may be taken away from the caller.
    const bytes = Buffer.concat(clusters);
    let at = 0;
    const parts = clusters.map((one) => bytes.subarray(at, (at += one.length)));
    const streams = await Promise.all(parts.map((one) => codec.compressApart?.(one)));
    expect(Buffer.compare(bytes, Buffer.concat(clusters))).toBe(0);
    for (const [i, cluster] of clusters.entries()) {
      expect(streams[i]).toEqual(await codec.compress(cluster));
    }
  });

  it('does not compress what does not become smaller', async () => {
    expect(await codec.compress(noise(4096))).toBeUndefined();
    expect(await codec.compress(noise(512))).toBeUndefined();
  });

  it('refuses a stream that ends before the cluster is full', async () => {
    const stream = (await codec.compress(new Uint8Array(4000).fill(7))) as Uint8Array;
    const error = await failure(() => codec.decompress(padded(stream, 100), new Uint8Array(4096)));
    expect(isImageError(error, 'corrupt')).toBe(true);
    expect(error).toMatchObject({ expected: 4096, found: 4000, subject: codec.name });
  });

  it('refuses every cut of a stream', async () => {
    const cluster = sampleClusters(4096)['text'] as Uint8Array;
    const stream = (await codec.compress(cluster)) as Uint8Array;
    for (let length = 0; length < stream.length - 8; length += 13) {
      const cut = () => codec.decompress(stream.subarray(0, length), new Uint8Array(4096));
      expect(isImageError(await failure(cut), 'corrupt'), `at ${length}`).toBe(true);
    }
  });

  it('answers damage with `corrupt`, or with a full cluster, and never otherwise', async () => {
    const cluster = sampleClusters(4096)['records'] as Uint8Array;
    const stream = (await codec.compress(cluster)) as Uint8Array;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(stream.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        async (damage) => {
          const input = stream.slice();
          for (const [at, byte] of damage) input[at] = byte;
          const error = await failure(() => codec.decompress(input, new Uint8Array(4096)));
          expect(error === undefined || isImageError(error)).toBe(true);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('answers noise with an ImageError', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 600 }), async (input) => {
        const error = await failure(() => codec.decompress(input, new Uint8Array(65_536)));
        expect(isImageError(error)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('is synchronous once it is there', async () => {
    const stream = await codec.compress(new Uint8Array(4096));
    expect(isPromise(codec.decompress(stream as Uint8Array, new Uint8Array(4096)))).toBe(false);
    expect(isPromise(codec.compress(new Uint8Array(4096)))).toBe(false);
  });
});

describe('the entry points', () => {
  it('export the same names', async () => {
    const names = async (entry: Promise<object>) => Object.keys(await entry).sort();
    const expected = ['codecs', 'deflate', 'zstd'];
    expect(await names(import('../src/index.ts'))).toEqual(expected);
    expect(await names(import('../src/node/index.ts'))).toEqual(expected);
  });
});
