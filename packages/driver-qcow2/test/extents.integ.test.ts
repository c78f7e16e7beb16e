import type { Extent } from '@q/block';
import { qemuImg, qemuIo, scratch, withQemu } from '@q/judge';
import path from 'node:path';
import { expect, it } from 'vitest';
import { openImage } from './support/chain.ts';

interface MapEntry {
  readonly start: number;
  readonly length: number;
  readonly depth: number;
  readonly present: boolean;
  readonly zero: boolean;
  readonly data: boolean;
  readonly offset?: number;
}

/** An extent in the words of `qemu-img map`; what nobody has is at the depth of the chain's end there, so depth is left out for it. */
function asMapEntry(extent: Extent): Omit<MapEntry, 'depth' | 'present'> & { depth?: number } {
  const { offset, length, kind, depth, hostOffset } = extent;
  return {
    start: offset,
    length,
    zero: kind !== 'data',
    data: kind === 'data',
    ...(kind === 'hole' ? {} : { depth }),
    ...(hostOffset === undefined ? {} : { offset: hostOffset }),
  };
}

withQemu('extents are those of qemu-img map', () => {
  const folder = scratch();
  for (const options of ['cluster_size=64k', 'cluster_size=4k,compat=0.10', 'extended_l2=on']) {
    it(options, async () => {
      const base = path.join(folder, 'base.qcow2');
      const top = path.join(folder, 'top.qcow2');
      qemuImg(['create', '-q', '-f', 'qcow2', '-o', options, base, '40M']);
      qemuIo(
        base,
        ['write -q -P 1 1M 3M', 'write -q -c -P 2 8M 128k', 'write -q -z 10M 1M'],
        ['-f', 'qcow2'],
      );
      qemuImg([
        'create',
        '-q',
        '-f',
        'qcow2',
        '-o',
        options,
        '-b',
        'base.qcow2',
        '-F',
        'qcow2',
        top,
        '50M',
      ]);
      qemuIo(
        top,
        ['write -q -P 3 2M 100k', 'write -q -P 4 45M 1M', 'write -q -c -P 5 20M 256k'],
        ['-f', 'qcow2'],
      );
      const disk = await openImage(top);
      const ours = [];
      for await (const extent of disk.extents(0, disk.size)) ours.push(asMapEntry(extent));
      const { stdout } = qemuImg(['map', '--output=json', '-f', 'qcow2', top]);
      const theirs = JSON.parse(stdout) as MapEntry[];
      const covered = (entry: { start: number; length: number }): number =>
        entry.start + entry.length;
      expect(ours.map(covered).at(-1)).toBe(disk.size);
      // QEMU does not join what we join, and the other way round: compare byte ranges at every edge of either.
      const edges = [...new Set([...ours, ...theirs].flatMap((e) => [e.start, covered(e)]))];
      for (const at of edges.filter((edge) => edge < disk.size)) {
        const mine = ours.find((e) => e.start <= at && at < covered(e))!;
        const its = theirs.find((e) => e.start <= at && at < covered(e))!;
        expect({ at, data: mine.data, zero: mine.zero }).toEqual({
          at,
          data: its.data,
          zero: its.zero,
        });
        if (mine.depth !== undefined)
          expect({ at, depth: mine.depth }).toEqual({ at, depth: its.depth });
        if (its.offset !== undefined && mine.data) {
          expect({ at, host: mine.offset! + at - mine.start }).toEqual({
            at,
            host: its.offset + at - its.start,
          });
        }
      }
      await disk.close();
    });
  }
});
