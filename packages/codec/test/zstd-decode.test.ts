import { isImageError } from '@q/block';
import { describe, expect, it } from 'vitest';
import { zstd as browser } from '../src/zstd.ts';
import { nativeEngine, zstd as node } from '../src/node/zstd.ts';
import { syncWasmEngine } from '../src/node/zstd-wasm-sync.ts';
import { decodeZstd, type ZstdEngine } from '../src/zstd-decode.ts';

const MAGIC = [0x28, 0xb5, 0x2f, 0xfd];
const block = (type: number, size: number, last: boolean) => {
  const word = (last ? 1 : 0) | (type << 1) | (size << 3);
  return [word & 255, (word >>> 8) & 255, word >>> 16];
};
const run = (byte: number, size: number, last = true) => [...block(1, size, last), byte];
/** A frame of one run with its content size, and one without. */
const sized = (byte: number, size: number) => [
  ...MAGIC,
  0xa0,
  size & 255,
  (size >>> 8) & 255,
  (size >>> 16) & 255,
  size >>> 24,
  ...run(byte, size),
];
const unsized = (byte: number, size: number) => [...MAGIC, 0x00, 0x58, ...run(byte, size)];

function code(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return isImageError(error) ? error.code : error;
  }
}

const native = nativeEngine();
const engines: [string, ZstdEngine][] = [['WebAssembly', syncWasmEngine()]];
if (native !== undefined) engines.push(['native', native]);

describe.each(engines)('decodeZstd, %s', (_, engine) => {
  const decode = (bytes: number[], size = 1000) => {
    const into = new Uint8Array(size);
    decodeZstd(engine, new Uint8Array(bytes), into);
    return into;
  };

  it('reads frames with and without a content size', () => {
    const expected = new Uint8Array(1000).fill(7);
    expect(decode(sized(7, 1000))).toEqual(expected);
    expect(decode(unsized(7, 1000))).toEqual(expected);
    expect(decode([...unsized(7, 1000), 0, 0, 0])).toEqual(expected);
  });

  it('reads several frames, and looks no further than it must', () => {
    const skip = [0x50, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 1, 2];
    const expected = new Uint8Array(1000).fill(1, 0, 400).fill(2, 400);
    expect(decode([...skip, ...sized(1, 400), ...skip, ...unsized(2, 600)])).toEqual(expected);
    expect(decode([...sized(1, 400), ...sized(2, 600), ...MAGIC, 0xff])).toEqual(expected);
  });

  it('refuses frames that hold less or more than the cluster', () => {
    for (const frame of [sized, unsized]) {
      expect(code(() => decode(frame(1, 999)))).toBe('corrupt');
      expect(code(() => decode(frame(1, 1001)))).toBe('corrupt');
      expect(code(() => decode([...frame(1, 500), ...frame(1, 501)]))).toBe('corrupt');
    }
  });

  it('refuses a header that promises another size than the blocks have', () => {
    const lying = [...sized(1, 1000).slice(0, 9), ...run(1, 900)];
    expect(code(() => decode(lying))).toBe('corrupt');
  });

  it('allocates nothing because a header says so', () => {
    const before = process.memoryUsage();
    const huge = [...MAGIC, 0xe0, 0, 0, 0, 0, 0, 0, 0, 1, ...run(1, 100)];
    const widest = [...MAGIC, 0x00, 0xff, ...run(1, 100)];
    const bomb = [...MAGIC, 0x00, 0x58];
    for (let blocks = 0; blocks < 1000; blocks++) bomb.push(...run(1, 131_072, false));
    for (const bytes of [huge, widest, [...bomb, ...run(1, 1)]]) {
      expect(code(() => decode(bytes))).toBe('corrupt');
    }
    expect(process.memoryUsage().arrayBuffers - before.arrayBuffers).toBeLessThan(20_000_000);
  });

  it('wants no dictionary', () => {
    expect(code(() => decode([...MAGIC, 0x21, 5, 100, ...run(1, 100)], 100))).toBe('unsupported');
  });

  it('checks the checksum', () => {
    const wrong = [...MAGIC, 0x24, 100, ...run(1, 100), 1, 2, 3, 4];
    expect(code(() => decode(wrong, 100))).toBe('corrupt');
  });
});

describe('zstd', () => {
  it('is synchronous from the first call in Node', () => {
    const into = new Uint8Array(100);
    expect(node.decompress(new Uint8Array(sized(3, 100)), into)).toBeUndefined();
    expect(into[99]).toBe(3);
  });

  it('loads once in browsers, for all calls that wait for it', async () => {
    const into = [new Uint8Array(100), new Uint8Array(50)] as const;
    await Promise.all([
      browser.decompress(new Uint8Array(sized(3, 100)), into[0]),
      browser.decompress(new Uint8Array(unsized(4, 50)), into[1]),
    ]);
    expect([into[0][99], into[1][49]]).toEqual([3, 4]);
  });
});
