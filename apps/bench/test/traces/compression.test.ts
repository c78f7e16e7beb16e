import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { scratch } from '@q/judge';
import { readTrace, TraceError } from '../../src/traces/index.ts';
import { bytesOf } from './parsed.ts';

const folder = scratch();
const count = 60_000;
const text = bytesOf(
  `op,dev,offset,length\n${Array.from({ length: count }, (_, i) => `R,0,${i * 4096},4096\n`).join('')}`,
);

/** A zstd frame of raw blocks (RFC 8878, 3.1.1): magic, descriptor, window of 128 KiB, blocks of at most 128 KiB. */
function zstdFrame(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const parts: number[] = [0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x38];
  for (let at = 0; at === 0 || at < bytes.length; at += 131072) {
    const block = bytes.subarray(at, at + 131072);
    const header = (block.length << 3) | (at + 131072 >= bytes.length ? 1 : 0);
    parts.push(header & 255, (header >> 8) & 255, header >> 16);
    for (const byte of block) parts.push(byte);
  }
  return Uint8Array.from(parts);
}

function file(name: string, ...parts: readonly Uint8Array[]): string {
  const full = path.join(folder, name);
  writeFileSync(full, Buffer.concat(parts));
  return full;
}

async function errorOf(promise: Promise<unknown>): Promise<TraceError> {
  const error: unknown = await promise.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(TraceError);
  return error as TraceError;
}

const half = text.length >> 1;
const files: Record<string, string> = {
  plain: file('a.csv', text),
  gzip: file('b.csv.gz', gzipSync(text)),
  'gzip of several members': file(
    'c.csv',
    gzipSync(text.subarray(0, half)),
    gzipSync(text.subarray(half)),
  ),
  zstd: file('d.csv.zst', zstdFrame(text)),
  'zstd of several frames': file(
    'e.csv',
    zstdFrame(text.subarray(0, half)),
    zstdFrame(text.subarray(half)),
  ),
  'zstd behind a skippable frame': file(
    'f.csv.zst',
    Uint8Array.of(0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3),
    zstdFrame(text),
  ),
};

describe('compression', () => {
  for (const [kind, full] of Object.entries(files)) {
    it(`${kind} gives the same trace, told by the first bytes`, async () => {
      const steps: [number, number][] = [];
      const trace = await readTrace(full, { onProgress: (...step) => steps.push(step) });
      expect(trace).toMatchObject({ requests: count, format: 'q-csv', span: count * 4096 });
      expect(trace.offsets.every((offset, i) => offset === i * 4096)).toBe(true);
      expect(trace.sha256).toBe(createHash('sha256').update(text).digest('hex'));
      expect(trace.ignored).toEqual({ header: 1 });
      expect(steps.length).toBeGreaterThan(0);
      for (const [read, total] of steps) expect(read).toBeLessThanOrEqual(total);
    });
  }

  it('refuses a stream that ends early', async () => {
    for (const [name, whole] of [
      ['g.csv.gz', gzipSync(text)],
      ['h.csv.zst', zstdFrame(text)],
    ] as const) {
      for (const size of [5, 9, whole.length >> 1, whole.length - 1]) {
        const error = await errorOf(readTrace(file(name, whole.subarray(0, size))));
        expect(error.code).toBe('truncated');
        expect(error.reason).toContain('ends early');
      }
    }
  });

  it('refuses a damaged stream', async () => {
    const gzip = gzipSync(text);
    gzip[gzip.length - 6]! ^= 1;
    const zstd = zstdFrame(text);
    zstd[6]! |= 6;
    for (const full of [file('i.csv.gz', gzip), file('j.csv.zst', zstd)]) {
      expect((await errorOf(readTrace(full))).reason).toContain('is damaged');
    }
  });

  it('counts bytes behind a gzip stream', async () => {
    const trace = await readTrace(file('k.csv.gz', gzipSync(text), new Uint8Array(5)));
    expect(trace.requests).toBe(count);
    expect(trace.ignored).toEqual({ header: 1, 'byte after the compressed stream': 5 });
  });
});
