import { openFile } from '@q/block/node';
import { qemuImg, qemuIo, scratch, withQemu } from '@q/judge';
import path from 'node:path';
import { expect, it } from 'vitest';
import type { Extent } from '@q/block';
import { openImage } from './support/dump.ts';

interface TheirExtent {
  readonly start: number;
  readonly length: number;
  readonly depth: number;
  readonly present: boolean;
  readonly offset?: number;
}

withQemu('extents', () => {
  const folder = scratch();

  it('are those of qemu-img map', async () => {
    const file = path.join(folder, 'image.qcow');
    const base = path.join(folder, 'b');
    qemuImg(['create', '-q', '-f', 'raw', base, '5M']);
    qemuImg(['create', '-q', '-f', 'qcow', '-b', 'b', '-F', 'raw', file, '9M'], [0], folder);
    const commands = [
      'write -q -c -P 1 0 512',
      'write -q -c -P 1 512 512',
      'write -q -P 2 64k 20k',
      'write -q -P 2 7M 300k',
      'write -q -P 3 2047k 2k',
    ];
    qemuIo(file, commands, ['-f', 'qcow', '-t', 'unsafe']);
    const { stdout } = qemuImg(['map', '--output=json', '-f', 'qcow', file], [0], folder);
    const theirs = (JSON.parse(stdout) as TheirExtent[]).filter(
      ({ present, depth }) => present && depth === 0,
    );
    const device = openFile(file, { readOnly: true });
    const disk = await openImage(device, folder, {});
    const ours: Extent[] = [];
    let at = 0;
    for await (const extent of disk.extents(0, disk.size)) {
      expect(extent.offset).toBe(at);
      at += extent.length;
      if (extent.depth === 0 && extent.kind === 'data') ours.push(extent);
    }
    expect(at).toBe(disk.size);
    const place = (offset: number, length: number, host = -1): string =>
      `${offset} ${length} ${host}`;
    expect(ours.map(({ offset, length, hostOffset }) => place(offset, length, hostOffset))).toEqual(
      theirs.map(({ start, length, offset }) => place(start, length, offset)),
    );
    expect(ours.filter(({ compressed }) => compressed === true)).toHaveLength(1);
    await disk.close();
    await device.close();
  });
});
