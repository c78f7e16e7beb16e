import { MemoryDevice } from '@q/block';
import { qemuImg, scratch, withQemu } from '@q/judge';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { create, type Qcow1CreateOptions } from '../src/index.ts';

/** What we are asked for, and how qemu-img is asked for the same. */
const cases: readonly (readonly [Qcow1CreateOptions, readonly string[]])[] = [
  [{ size: 2 ** 30 }, []],
  [{ size: 512 }, []],
  [{ size: 2 ** 21 + 1 }, []],
  [{ size: 1_000_000 }, []],
  [{ size: 2 ** 40 }, []],
  [{ size: 2 ** 25, backing: { name: 'base.raw' } }, ['-b', 'base.raw', '-F', 'raw']],
  [{ size: 2 ** 30, backing: { name: 'b' } }, ['-b', 'b', '-F', 'raw']],
];

withQemu('a fresh image', () => {
  const folder = scratch();
  for (const [options, args] of cases) {
    it(`has the bytes of qemu-img's: ${JSON.stringify(options)}`, async () => {
      const theirs = path.join(folder, 'theirs.qcow');
      // Unsafe: the backing file is not looked for.
      const unsafe = args.length > 0 ? ['-u'] : [];
      qemuImg(['create', '-q', '-f', 'qcow', ...unsafe, ...args, theirs, String(options.size)]);
      const file = new MemoryDevice();
      await (await create(file, options, { backing: () => new MemoryDevice(0) })).close();
      expect(Buffer.compare(readFileSync(theirs), file.bytes())).toBe(0);
    });
  }
});
