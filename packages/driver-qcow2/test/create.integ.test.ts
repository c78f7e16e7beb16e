import { MemoryDevice } from '@q/block';
import { openFile } from '@q/block/node';
import { qemuImg, scratch, withQemu } from '@q/judge';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { create, type Qcow2CreateOptions } from '../src/index.ts';

const GiB = 2 ** 30;

/** What we are asked for, and how qemu-img is asked for the same. */
const cases: readonly (readonly [Qcow2CreateOptions, string])[] = [
  [{ size: GiB }, ''],
  [{ size: 0 }, ''],
  [{ size: 1_000_000 }, ''],
  [{ size: GiB, version: 2 }, 'compat=0.10'],
  [{ size: GiB, extendedL2: true, compression: 'zstd' }, 'extended_l2=on,compression_type=zstd'],
  [{ size: GiB, clusterSize: 4096, refcountBits: 1 }, 'cluster_size=4096,refcount_bits=1'],
  [{ size: GiB, clusterSize: 2 ** 21, refcountBits: 64 }, 'cluster_size=2M,refcount_bits=64'],
  [{ size: 2 ** 41, lazyRefcounts: true }, 'lazy_refcounts=on'],
  [{ size: 2 ** 20, clusterSize: 512 }, 'cluster_size=512'],
];

withQemu('a fresh image', () => {
  const folder = scratch();
  for (const [options, text] of cases) {
    it(`has the bytes of qemu-img's: ${JSON.stringify(options)}`, async () => {
      const theirs = path.join(folder, 'theirs.qcow2');
      const asked = text === '' ? [] : ['-o', text];
      qemuImg(['create', '-q', '-f', 'qcow2', ...asked, theirs, String(options.size)]);
      const file = new MemoryDevice();
      await (await create(file, options)).close();
      const ours = new Uint8Array(file.size);
      await file.read(ours, 0);
      expect(Buffer.compare(readFileSync(theirs), ours)).toBe(0);
    });
  }

  for (const options of [
    { size: 10 * GiB, clusterSize: 512 },
    { size: 100 * GiB, clusterSize: 512, refcountBits: 64 },
    { size: 8 * GiB, clusterSize: 1024, refcountBits: 1 },
  ]) {
    it(`passes qemu-img check where its tables are large: ${JSON.stringify(options)}`, async () => {
      const file = openFile(path.join(folder, 'large.qcow2'), { create: true });
      await (await create(file, options)).close();
      await file.close();
      qemuImg(['check', '-q', '-f', 'qcow2', path.join(folder, 'large.qcow2')]);
    });
  }
});
