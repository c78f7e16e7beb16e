import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { isImageError } from '@q/block';
import { qemuImg, scratch, withQemu } from '@q/judge';
import {
  FORMAT_LIMITS_DEFAULTS,
  extensionOf,
  geometryOf,
  parseBitmapDirectory,
  parseHeaderCluster,
  parseSnapshotTable,
  serializeHeaderCluster,
} from '../src/index.ts';
import { parseQcow1Header } from '../src/qcow1.ts';

/** Values that overflow, alias or go negative somewhere. */
const NASTY = [0, 1, 0x10, 0x7f, 0x80, 0xfe, 0xff];

/** Runs `parse` on all mutations of one byte, and on every truncation; only an ImageError may come out. */
function torture(bytes: Uint8Array, end: number, parse: (bytes: Uint8Array) => void): number {
  let refused = 0;
  const attempt = (mutant: Uint8Array, what: string): void => {
    try {
      parse(mutant);
    } catch (error) {
      if (!isImageError(error)) throw new Error(what, { cause: error });
      refused++;
    }
  };
  const mutant = bytes.slice();
  for (let at = 0; at < end; at++) {
    const was = bytes[at]!;
    for (const value of [...NASTY, was ^ 1, was ^ 0x80, (was + 1) & 0xff]) {
      mutant[at] = value;
      attempt(mutant, `byte ${at} = ${value}`);
    }
    mutant[at] = was;
    attempt(bytes.subarray(0, at), `${at} bytes`);
  }
  return refused;
}

withQemu('damaged images', () => {
  const folder = scratch();
  const file = path.join(folder, 'image.qcow2');
  const create = (format: string, args: string[] = []): Uint8Array => {
    qemuImg(['create', '-q', '-u', '-f', format, ...args, file, '64M']);
    return new Uint8Array(readFileSync(file));
  };

  it.each([
    ['version 3', ['-b', 'base.raw', '-F', 'raw', '-o', 'compat=1.1']],
    ['version 2', ['-b', 'base.raw', '-F', 'raw', '-o', 'compat=0.10']],
    ['extended L2', ['-o', 'extended_l2=on,compression_type=zstd']],
  ])('header and extensions, %s: refused with an ImageError or parsed', (_name, args) => {
    const bytes = create('qcow2', args);
    let parsed = 0;
    const refused = torture(bytes, 544, (mutant) => {
      // A file that is shorter is a shorter file.
      const cluster = parseHeaderCluster(mutant, { fileSize: mutant.length });
      geometryOf(cluster.header);
      serializeHeaderCluster(cluster);
      parsed++;
    });
    expect(refused).toBeGreaterThan(500);
    expect(parsed).toBeGreaterThan(500);
  });

  it('snapshot table', () => {
    create('qcow2');
    qemuImg(['snapshot', '-c', 'one', file]);
    qemuImg(['snapshot', '-c', 'two', file]);
    const bytes = new Uint8Array(readFileSync(file));
    const { header } = parseHeaderCluster(bytes);
    const { snapshotsOffset: from } = header;
    const table = bytes.slice(from, from + 144);
    const refused = torture(table, 144, (mutant) => {
      const rules = { clusterSize: 65536, fileSize: bytes.length };
      expect(parseSnapshotTable(mutant, 2, rules)).toHaveLength(2);
    });
    expect(refused).toBeGreaterThan(200);
  });

  it('bitmap directory', () => {
    create('qcow2');
    qemuImg(['bitmap', '--add', file, 'bm0']);
    qemuImg(['bitmap', '--add', file, 'bm1']);
    const bytes = new Uint8Array(readFileSync(file));
    const { header, extensions } = parseHeaderCluster(bytes);
    const bitmaps = extensionOf({ extensions }, 'bitmaps')!;
    const { directoryOffset: from, directorySize: length } = bitmaps;
    const { clusterSize, virtualSize } = geometryOf(header);
    const refused = torture(bytes.slice(from, from + length), length, (mutant) => {
      const rules = { clusterSize, virtualSize, fileSize: bytes.length };
      expect(parseBitmapDirectory(mutant, 2, rules)).toHaveLength(2);
    });
    expect(refused).toBeGreaterThan(200);
  });

  it('QCOW version 1 header', () => {
    const bytes = create('qcow');
    const refused = torture(bytes, 48, (mutant) => {
      const { size } = parseQcow1Header(mutant, { fileSize: mutant.length });
      expect(size).toBeLessThanOrEqual(FORMAT_LIMITS_DEFAULTS.virtualSize);
    });
    expect(refused).toBeGreaterThan(100);
  });
});
