import type { Extent } from '@q/block';
import { openFile } from '@q/block/node';
import { qemuImg, qemuIo, scratch, withQemu } from '@q/judge';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { open, type QedImage } from '../src/index.ts';
import { converted } from './support/dump.ts';
import { readAll } from './support/read-all.ts';

interface MapEntry {
  readonly start: number;
  readonly length: number;
  readonly depth: number;
  readonly zero: boolean;
  readonly data: boolean;
  readonly offset?: number;
}

withQemu('an image of qemu-io over a backing file', () => {
  const folder = scratch();
  for (const [options, backing] of [
    ['cluster_size=64k', 'raw'],
    ['cluster_size=4k,table_size=2', 'raw'],
    ['cluster_size=4k,table_size=16', 'qed'],
  ] as const) {
    describe(`${options}, ${backing}`, () => {
      const base = path.join(folder, `base-${options}.${backing}`);
      const top = path.join(folder, `top-${options}.qed`);
      qemuImg(['create', '-q', '-f', backing, base, '9437696']);
      // A raw file without holes: qemu-img asks the file system for them.
      qemuIo(base, [`write -q -P 1 ${backing === 'raw' ? '0 9437184' : '1M 3M'}`], ['-f', backing]);
      qemuIo(base, ['write -q -P 2 9436672 1k'], ['-f', backing]);
      const below = ['-b', path.basename(base), '-F', backing];
      qemuImg(['create', '-q', '-f', 'qed', '-o', options, ...below, top, '12583424']);
      qemuIo(
        top,
        [
          'write -q -P 3 2M 100k',
          'write -q -P 4 11M 1M',
          'write -q -P 5 12582912 512',
          'write -q -z 3M 256k',
          'write -q -P 6 8000k 5k',
        ],
        ['-f', 'qed'],
      );

      const image = async (): Promise<QedImage> =>
        await open(openFile(top, { readOnly: true }), {
          l2EntrySize: 512,
          backing: async ({ name, format }) => {
            expect([name, format]).toEqual([
              path.basename(base),
              backing === 'raw' ? 'raw' : undefined,
            ]);
            const file = openFile(base, { readOnly: true });
            return backing === 'raw' ? file : await open(file);
          },
        });

      it('reads as qemu-img reads it', async () => {
        const disk = await image();
        expect(disk.size).toBe(12_583_424);
        const wanted = converted(folder, top);
        for (const step of [1 << 20, 50_001]) {
          expect(Buffer.compare(await readAll(disk, step), wanted)).toBe(0);
        }
        await disk.close();
      });

      it('has the extents of qemu-img map', async () => {
        const disk = await image();
        const ours: Extent[] = [];
        for await (const extent of disk.extents(0, disk.size)) ours.push(extent);
        const theirs = JSON.parse(
          qemuImg(['map', '--output=json', '-f', 'qed', top]).stdout,
        ) as MapEntry[];
        let end = 0;
        for (const { offset, length } of ours) {
          expect(offset).toBe(end);
          end += length;
        }
        expect(end).toBe(disk.size);
        const edges = [...ours.map(({ offset }) => offset), ...theirs.map(({ start }) => start)];
        for (const at of edges.filter((edge) => edge < disk.size)) {
          const mine = ours.find((e) => e.offset <= at && at < e.offset + e.length)!;
          const its = theirs.find((e) => e.start <= at && at < e.start + e.length)!;
          // What nobody has is at the end of the chain there, and at the depth that has no answer here.
          const depth = mine.kind === 'hole' ? its.depth : mine.depth;
          const host =
            mine.hostOffset === undefined ? undefined : mine.hostOffset + at - mine.offset;
          const wanted = {
            at,
            data: its.data,
            depth: its.depth,
            host: undefined as number | undefined,
          };
          if (its.offset !== undefined && its.data) wanted.host = its.offset + at - its.start;
          const found = { at, data: mine.kind === 'data', depth, host };
          if (!(its.data && mine.kind === 'data')) found.host = undefined;
          expect(found).toEqual(wanted);
        }
        await disk.close();
      });
    });
  }
});
