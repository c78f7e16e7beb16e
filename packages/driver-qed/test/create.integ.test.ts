import { MemoryDevice } from '@q/block';
import { qemuImg, scratch, withQemu } from '@q/judge';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { create, type QedCreateOptions } from '../src/index.ts';

const GiB = 2 ** 30;

/** What we are asked for, and how qemu-img is asked for the same. */
const cases: readonly (readonly [QedCreateOptions, readonly string[]])[] = [
  [{ size: GiB }, []],
  [{ size: 0 }, []],
  [{ size: 1_000_000 }, []],
  [{ size: 2 ** 40, clusterSize: 2 ** 20 }, ['-o', 'cluster_size=1M']],
  [{ size: 2 ** 32, clusterSize: 4096, tableSize: 2 }, ['-o', 'cluster_size=4k,table_size=2']],
  [{ size: GiB, clusterSize: 4096, tableSize: 1 }, ['-o', 'cluster_size=4k,table_size=1']],
  [{ size: GiB, tableSize: 16 }, ['-o', 'table_size=16']],
  [{ size: GiB, backing: { name: 'b.raw', format: 'raw' } }, ['-b', 'b.raw', '-F', 'raw']],
  [{ size: GiB, backing: { name: 'b.qed', format: 'qed' } }, ['-b', 'b.qed', '-F', 'qed']],
];

withQemu('a fresh image', () => {
  const folder = scratch();
  writeFileSync(path.join(folder, 'b.raw'), new Uint8Array(512));
  qemuImg(['create', '-q', '-f', 'qed', path.join(folder, 'b.qed'), '1M']);
  for (const [options, asked] of cases) {
    it(`has the bytes of qemu-img's: ${JSON.stringify(options)}`, async () => {
      const theirs = path.join(folder, 'theirs.qed');
      qemuImg(['create', '-q', '-f', 'qed', ...asked, theirs, String(options.size)]);
      const file = new MemoryDevice();
      await (await create(file, options, { backing: () => new MemoryDevice() })).close();
      expect(Buffer.compare(readFileSync(theirs), file.bytes())).toBe(0);
    });
  }
});
