import { openFile } from '@q/block/node';
import { qemuImg, qemuIo, scratch, withQemu } from '@q/judge';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { create } from '../src/index.ts';

/** Text, noise, zeroes: what an image is made of. Bytes. */
function content(size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  const text = readFileSync(new URL(import.meta.url));
  for (let at = 0; at < size; at += text.length) {
    if ((at / text.length) % 5 < 3) bytes.set(text.subarray(0, size - at), at);
    else
      for (let i = at; i < Math.min(size, at + 3000); i++)
        bytes[i] = Math.imul(i, 0x9e3779b1) >>> 21;
    for (let i = at; i < Math.min(size, at + text.length); i += 97) bytes[i] = i >>> 8;
  }
  return bytes;
}

withQemu('images that are written compressed', () => {
  const folder = scratch();
  for (const [compression, theirs, clusterSize] of [
    ['deflate', 'zlib', 65536],
    ['zstd', 'zstd', 65536],
    ['deflate', 'zlib', 512],
    ['deflate', 'zlib', 2 ** 21],
  ] as const) {
    it(`are qemu-img's own in content, and in size within a twentieth: ${compression}, clusters of ${clusterSize}`, async () => {
      const raw = path.join(folder, 'content.raw');
      const bytes = content(clusterSize === 512 ? 2 ** 18 : 6 * 2 ** 20 + 1536);
      writeFileSync(raw, bytes);
      const reference = path.join(folder, 'theirs.qcow2');
      const options = `compression_type=${theirs},cluster_size=${clusterSize}`;
      qemuImg(['convert', '-c', '-f', 'raw', '-O', 'qcow2', '-o', options, raw, reference]);

      const image = path.join(folder, 'ours.qcow2');
      const file = openFile(image, { create: true });
      const disk = await create(file, { size: bytes.length, clusterSize, compression });
      const step = Math.max(clusterSize, 2 ** 20);
      for (let at = 0; at < bytes.length; at += step) {
        await disk.writeCompressed(bytes.subarray(at, at + step), at);
      }
      await disk.close();
      await file.close();
      qemuImg(['check', '-q', '-f', 'qcow2', image]);
      qemuImg(['compare', '-q', '-f', 'qcow2', '-F', 'raw', image, raw]);
      const ratio = statSync(image).size / statSync(reference).size;
      expect(ratio).toBeGreaterThan(0.95);
      expect(ratio).toBeLessThan(1.05);
      // QEMU overwrites and adds clusters; the counts that are shared stay right.
      qemuIo(
        image,
        ['write -q -P 0x55 1000 3000', `write -q -P 0x66 ${clusterSize} 100`],
        ['-f', 'qcow2'],
      );
      qemuImg(['check', '-q', '-f', 'qcow2', image]);
    });
  }
});
