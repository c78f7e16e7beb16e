import { qemuImg, qemuIo, scratch, withQemu } from '@q/judge';
import { lruRbtree } from '@q/cache-lru-rbtree';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { openImage, readAll } from './support/chain.ts';

const KiB = 1024;
const MiB = 1024 * KiB;

interface Shape {
  readonly version: 'v2' | 'v3';
  readonly cluster: number;
  readonly refcountBits?: number;
  readonly extended?: boolean;
  readonly compression?: 'zlib' | 'zstd';
  readonly backing?: boolean;
}

function shapes(): Shape[] {
  const all: Shape[] = [];
  for (const cluster of [512, 4 * KiB, 64 * KiB, 2 * MiB]) {
    for (const backing of [false, true]) {
      all.push({ version: 'v2', cluster, compression: 'zlib', backing });
      for (const compression of ['zlib', 'zstd'] as const) {
        for (const refcountBits of [1, 16, 64]) {
          if (refcountBits === 1 && compression === 'zlib') continue;
          all.push({ version: 'v3', cluster, refcountBits, compression, backing });
          if (cluster >= 16 * KiB) {
            all.push({
              version: 'v3',
              cluster,
              refcountBits,
              compression,
              backing,
              extended: true,
            });
          }
        }
      }
    }
  }
  return all;
}

function nameOf(shape: Shape): string {
  return [
    shape.version,
    `cluster${shape.cluster}`,
    `refcount${shape.refcountBits ?? 16}`,
    shape.extended === true ? 'extended' : 'standard',
    shape.compression,
    shape.backing === true ? 'backing' : 'alone',
  ].join('-');
}

withQemu('images made by qemu-img read as qemu-img reads them', () => {
  const folder = scratch();
  const size = 12 * MiB + 512;
  // Something compressible, something not, something sparse.
  const source = path.join(folder, 'source.raw');
  qemuImg(['create', '-q', '-f', 'raw', source, String(size)]);
  qemuIo(
    source,
    [
      'write -q -P 0x11 0 300k',
      'write -q -P 0x22 1m 64k',
      'write -q -P 0x33 5m 3m',
      `write -q -P 0x44 ${12 * MiB} 512`,
    ],
    ['-f', 'raw'],
  );
  const base = path.join(folder, 'base.raw');
  qemuImg(['create', '-q', '-f', 'raw', base, String(9 * MiB + 1536)]);
  qemuIo(base, ['write -q -P 0x77 100k 2m', 'write -q -P 0x78 8m 1m'], ['-f', 'raw']);
  qemuImg([
    'create',
    '-q',
    '-f',
    'qcow2',
    '-b',
    'base.raw',
    '-F',
    'raw',
    path.join(folder, 'middle.qcow2'),
    String(10 * MiB),
  ]);
  qemuIo(
    path.join(folder, 'middle.qcow2'),
    ['write -q -P 0x79 3m 100k', 'write -q -z 150k 200k'],
    ['-f', 'qcow2'],
  );

  for (const shape of shapes()) {
    it(nameOf(shape), async () => {
      const image = path.join(folder, `${nameOf(shape)}.qcow2`);
      const options = [
        `compat=${shape.version === 'v2' ? '0.10' : '1.1'}`,
        `cluster_size=${shape.cluster}`,
        ...(shape.version === 'v3' ? [`refcount_bits=${shape.refcountBits ?? 16}`] : []),
        ...(shape.extended === true ? ['extended_l2=on'] : []),
        ...(shape.compression === 'zstd' ? ['compression_type=zstd'] : []),
      ].join(',');
      const backing = shape.backing === true ? ['-b', 'middle.qcow2', '-F', 'qcow2'] : [];
      qemuImg(['create', '-q', '-f', 'qcow2', '-o', options, ...backing, image, String(size)]);
      const cluster = shape.cluster;
      const large = Math.ceil((2 * MiB) / cluster) * cluster;
      qemuIo(
        image,
        [
          `write -q -c -P 0x51 0 ${cluster}`,
          `write -q -c -P 0x52 ${4 * MiB} ${large}`,
          'write -q -P 0x61 3000k 5k',
          `write -q -P 0x62 ${7 * MiB - 1536} 70k`,
          `write -q -z ${8 * MiB} 100k`,
          'write -q -z 3001k 1k',
          `write -q -P 0x63 ${11 * MiB} 1m`,
          ...(shape.version === 'v2' && shape.backing === true
            ? []
            : [`discard -q ${10 * MiB} ${Math.max(cluster, 128 * KiB)}`]),
          `write -q -P 0x64 ${12 * MiB} 512`,
        ],
        ['-f', 'qcow2', '-t', 'unsafe'],
      );
      const expected = path.join(folder, 'expected.raw');
      qemuImg(['convert', '-f', 'qcow2', '-O', 'raw', image, expected]);
      const wanted = readFileSync(expected);
      for (const step of [1 << 20, 50_000]) {
        const disk = await openImage(image, { l2Cache: lruRbtree({ tables: 2 }) });
        expect(disk.size).toBe(size);
        const found = await readAll(disk, step);
        expect(Buffer.compare(wanted, found)).toBe(0);
        await disk.close();
      }
      const fresh = await openImage(image);
      const bytes = new Uint8Array(777);
      for (let at = 0; at + 777 <= size; at += 100_003) {
        await fresh.read(bytes, at);
        expect(Buffer.compare(wanted.subarray(at, at + 777), bytes)).toBe(0);
      }
      await fresh.close();
    });
  }
});
