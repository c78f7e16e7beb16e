import { openFile } from '@q/block/node';
import { qemuImg, scratch, withQemu } from '@q/judge';
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { create, type Qcow2CreateOptions } from '../src/index.ts';

const MiB = 2 ** 20;

interface MapLine {
  readonly start: number;
  readonly length: number;
  readonly zero: boolean;
  readonly data: boolean;
}

function map(image: string): MapLine[] {
  const { stdout } = qemuImg(['map', '--output=json', '-f', 'qcow2', image]);
  return (JSON.parse(stdout) as MapLine[]).map(({ start, length, zero, data }) => ({
    start,
    length,
    zero,
    data,
  }));
}

withQemu('preallocated images', () => {
  const folder = scratch();
  const cases: readonly (readonly [Qcow2CreateOptions, string])[] = [
    [{ size: 10 * MiB, preallocation: 'metadata' }, 'preallocation=metadata'],
    [{ size: 600 * MiB, preallocation: 'metadata' }, 'preallocation=metadata'],
    [
      { size: 10 * MiB, preallocation: 'metadata', extendedL2: true },
      'preallocation=metadata,extended_l2=on',
    ],
    [
      { size: 3 * MiB, preallocation: 'metadata', version: 2 },
      'preallocation=metadata,compat=0.10',
    ],
  ];
  it.each(cases)('have the bytes of qemu-img: %j', async (options, text) => {
    const theirs = path.join(folder, 'theirs.qcow2');
    const ours = path.join(folder, 'ours.qcow2');
    qemuImg(['create', '-q', '-f', 'qcow2', '-o', text, theirs, String(options.size)]);
    const file = openFile(ours, { create: true });
    await (await create(file, options)).close();
    await file.close();
    qemuImg(['check', '-q', '-f', 'qcow2', ours]);
    expect(statSync(ours).size).toBe(statSync(theirs).size);
    expect(map(ours)).toEqual(map(theirs));
    if (options.size > 100 * MiB) return;
    expect(Buffer.compare(readFileSync(ours), readFileSync(theirs))).toBe(0);
  });

  it.each(['falloc', 'full'] as const)(
    'are as long as those of qemu-img, and take space: %s',
    async (preallocation) => {
      const theirs = path.join(folder, 'theirs.qcow2');
      const ours = path.join(folder, 'ours.qcow2');
      qemuImg([
        'create',
        '-q',
        '-f',
        'qcow2',
        '-o',
        `preallocation=${preallocation}`,
        theirs,
        '10M',
      ]);
      const file = openFile(ours, { create: true });
      await (await create(file, { size: 10 * MiB, preallocation })).close();
      await file.close();
      qemuImg(['check', '-q', '-f', 'qcow2', ours]);
      expect(statSync(ours).size).toBe(statSync(theirs).size);
      expect(statSync(ours).blocks * 512).toBeGreaterThan(10 * MiB);
      expect(map(ours).every(({ data }) => data)).toBe(true);
      qemuImg(['compare', '-q', '-f', 'qcow2', '-F', 'qcow2', ours, theirs]);
    },
  );

  it('map a raw data file as qemu-img does', async () => {
    const theirs = path.join(folder, 'theirs.qcow2');
    const ours = path.join(folder, 'ours.qcow2');
    qemuImg(
      ['create', '-q', '-f', 'qcow2', '-o', 'data_file=d,data_file_raw=on', theirs, '5M'],
      [0],
      folder,
    );
    const file = openFile(ours, { create: true });
    const data = openFile(path.join(folder, 'd'), { create: true });
    const disk = await create(
      file,
      { size: 5 * MiB, dataFile: { name: 'd', raw: true } },
      { dataFile: () => data },
    );
    await disk.close();
    await file.close();
    expect(Buffer.compare(readFileSync(ours), readFileSync(theirs))).toBe(0);
    expect(statSync(path.join(folder, 'd')).size).toBe(5 * MiB);
  });
});
