import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { qemuImg, qemuIo, scratch, withQemu } from '@q/judge';
import {
  L2_COMPRESSED,
  L2_DATA,
  L2_UNALLOCATED,
  L2_ZERO,
  L2_ZERO_ALLOCATED,
  decodeExtendedL2,
  decodeL1Entry,
  decodeL2Entry,
  decodeRefcountTableEntry,
  extensionOf,
  geometryOf,
  getRefcount,
  headerClusterBytes,
  l2HasReservedBits,
  l2Kind,
  parseBitmapDirectory,
  parseHeaderCluster,
  parseSnapshotTable,
  serializeBitmapDirectory,
  serializeHeaderCluster,
  serializeSnapshotTable,
  snapshotTableBytes,
  type Geometry,
  type HeaderCluster,
} from '../src/index.ts';
import { parseQcow1Header, serializeQcow1Header } from '../src/qcow1.ts';

interface Image {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly cluster: HeaderCluster;
  readonly geometry: Geometry;
}

function load(file: string): Image {
  const bytes = new Uint8Array(readFileSync(file));
  const cluster = parseHeaderCluster(bytes.subarray(0, headerClusterBytes(bytes)), {
    fileSize: bytes.length,
  });
  return {
    bytes,
    view: new DataView(bytes.buffer),
    cluster,
    geometry: geometryOf(cluster.header),
  };
}

/** `length` bytes at `from`; zero past the end of the file. */
function padded(bytes: Uint8Array, from: number, length: number): Uint8Array {
  const out = new Uint8Array(length);
  out.set(bytes.subarray(from, from + length));
  return out;
}

const halvesAt = ({ view }: Image, at: number): [number, number] => [
  view.getUint32(at),
  view.getUint32(at + 4),
];

function refcountOf(image: Image, cluster: number): number {
  const { geometry: g, bytes } = image;
  const at =
    image.cluster.header.refcountTableOffset + 8 * Math.floor(cluster / g.refcountsPerBlock);
  const block = decodeRefcountTableEntry(...halvesAt(image, at), g, at);
  if (block === 0) return 0;
  return getRefcount(
    padded(bytes, block, g.clusterSize),
    g.refcountOrder,
    cluster % g.refcountsPerBlock,
  );
}

withQemu('images of qemu-img', () => {
  const folder = scratch();
  const file = (name: string): string => path.join(folder, name);
  qemuImg(['create', '-f', 'raw', file('base.raw'), '8M']);

  const sizes = [512, 4096, 65536, 2097152];
  const options: [name: string, minCluster: number, option: string, args?: string[]][] = [
    ['version 2', 0, 'compat=0.10'],
    ['version 3', 0, 'compat=1.1'],
    ['lazy refcounts', 0, 'lazy_refcounts=on'],
    ['1-bit refcounts', 0, 'refcount_bits=1'],
    ['2-bit refcounts', 0, 'refcount_bits=2'],
    ['4-bit refcounts', 0, 'refcount_bits=4'],
    ['8-bit refcounts', 0, 'refcount_bits=8'],
    ['32-bit refcounts', 0, 'refcount_bits=32'],
    ['64-bit refcounts', 0, 'refcount_bits=64'],
    ['zstd', 0, 'compression_type=zstd'],
    ['extended L2', 16384, 'extended_l2=on'],
    ['metadata preallocation', 4096, 'preallocation=metadata'],
    ['full preallocation', 4096, 'preallocation=falloc'],
    ['a backing file', 0, 'compat=1.1', ['-b', 'base.raw', '-F', 'raw']],
    ['a backing file in version 2', 0, 'compat=0.10', ['-b', 'base.raw', '-F', 'raw']],
    ['a data file', 0, 'data_file=DATA'],
    ['a raw data file', 0, 'data_file=DATA,data_file_raw=on'],
  ];
  const cases = options.flatMap(([name, least, option, args]) =>
    sizes.filter((size) => size >= least).map((size) => ({ name, size, option, args })),
  );

  it.each(cases)('$name, clusters of $size', ({ name, size, option, args = [] }) => {
    const image = file(`${name.replaceAll(' ', '-')}-${size}.qcow2`);
    const set = option.replace('DATA', `${image}.data`);
    qemuImg([
      'create',
      '-q',
      '-f',
      'qcow2',
      ...args,
      '-o',
      `${set},cluster_size=${size}`,
      image,
      '5M',
    ]);
    const loaded = load(image);
    const { cluster, geometry, bytes } = loaded;
    const info = JSON.parse(qemuImg(['info', '--output=json', image]).stdout) as {
      'virtual-size': number;
      'cluster-size': number;
      'backing-filename'?: string;
      'format-specific': { data: Record<string, unknown> };
    };
    const { data } = info['format-specific'];
    const { header } = cluster;
    expect(geometry.virtualSize).toBe(info['virtual-size']);
    expect(geometry.clusterSize).toBe(info['cluster-size']);
    expect(header.version).toBe(data['compat'] === '0.10' ? 2 : 3);
    expect(geometry.refcountBits).toBe(data['refcount-bits']);
    expect(geometry.extendedL2).toBe(data['extended-l2'] ?? false);
    expect(cluster.backingFile).toBe(info['backing-filename']);
    expect(extensionOf(cluster, 'backing-format')?.format).toBe(
      args.length > 0 ? 'raw' : undefined,
    );
    expect(extensionOf(cluster, 'data-file')?.name).toBe(data['data-file']);
    expect(geometry.hasDataFile).toBe(data['data-file'] !== undefined);
    expect(refcountOf(loaded, 0)).toBe(1);
    expect(refcountOf(loaded, header.l1TableOffset / geometry.clusterSize)).toBe(1);
    // What is written is, to the byte, what QEMU wrote.
    const first = padded(bytes, 0, geometry.clusterSize);
    expect(Buffer.compare(serializeHeaderCluster(cluster), first)).toBe(0);
  });

  it('snapshots', () => {
    const image = file('snapshots.qcow2');
    qemuImg(['create', '-q', '-f', 'qcow2', image, '1G']);
    qemuIo(image, ['write -P 1 0 64k']);
    qemuImg(['snapshot', '-c', 'one', image]);
    qemuIo(image, ['write -P 2 4k 4k']);
    qemuImg(['snapshot', '-c', 'zweite Ätzung', image]);
    const loaded = load(image);
    const { header } = loaded.cluster;
    const { snapshotCount: count, snapshotsOffset: offset } = header;
    const rules = { clusterSize: 65536, offset, fileSize: loaded.bytes.length };
    const table = padded(loaded.bytes, offset, 65536);
    const snapshots = parseSnapshotTable(table, count, rules);
    expect(snapshots).toMatchObject([
      { id: '1', name: 'one', l1Size: 2, vmStateSize: 0, diskSize: 2 ** 30 },
      { id: '2', name: 'zweite Ätzung', l1Size: 2, vmStateSize: 0, diskSize: 2 ** 30 },
    ]);
    expect(Math.abs(snapshots[0]!.seconds - Date.now() / 1000)).toBeLessThan(3600);
    const written = serializeSnapshotTable(snapshots, rules);
    expect(written).toEqual(table.subarray(0, written.length));
    expect(Math.ceil(snapshotTableBytes(table, count) / 8) * 8).toBe(written.length);
  });

  it('bitmaps', () => {
    const image = file('bitmaps.qcow2');
    qemuImg(['create', '-q', '-f', 'qcow2', image, '16M']);
    qemuImg(['bitmap', '--add', image, 'bm0']);
    qemuImg(['bitmap', '--add', '-g', '512', '--disable', image, 'a longer name']);
    const { cluster, bytes, geometry } = load(image);
    const bitmaps = extensionOf(cluster, 'bitmaps')!;
    const { directoryOffset: offset, directorySize, count } = bitmaps;
    const { clusterSize, virtualSize } = geometry;
    const rules = { clusterSize, virtualSize, offset, fileSize: bytes.length };
    const directory = bytes.subarray(offset, offset + directorySize);
    const entries = parseBitmapDirectory(directory, count, rules);
    expect(entries).toMatchObject([
      { name: 'bm0', granularityBits: 16, flags: 2, tableEntries: 1 },
      { name: 'a longer name', granularityBits: 9, flags: 0, tableEntries: 1 },
    ]);
    expect(serializeBitmapDirectory(entries, rules)).toEqual(directory);
  });

  it('LUKS', () => {
    const image = file(`luks.qcow2`);
    const secret = ['--object', 'secret,id=s,data=x'];
    const encrypt = `encrypt.format=luks,encrypt.key-secret=s,encrypt.iter-time=10`;
    qemuImg(['create', '-q', ...secret, '-f', 'qcow2', '-o', encrypt, image, '1M']);
    const { cluster, geometry, bytes } = load(image);
    expect(cluster.header.cryptMethod).toBe(2);
    const luks = extensionOf(cluster, 'luks')!;
    expect(luks.length).toBe(0x1f9000);
    expect(new TextDecoder().decode(bytes.subarray(luks.offset, luks.offset + 4))).toBe('LUKS');
    const first = padded(bytes, 0, geometry.clusterSize);
    expect(Buffer.compare(serializeHeaderCluster(cluster), first)).toBe(0);
  });

  it('L2 entries of each kind', () => {
    const image = file('kinds.qcow2');
    qemuImg(['create', '-q', '-f', 'qcow2', image, '1M']);
    qemuIo(image, [
      'write 0 64k',
      'write -z -u 64k 64k',
      'write 128k 64k',
      'write -z 128k 64k',
      'write -c 192k 64k',
    ]);
    const loaded = load(image);
    const { header } = loaded.cluster;
    const l1 = decodeL1Entry(...halvesAt(loaded, header.l1TableOffset), loaded.geometry);
    if (l1.kind !== 'table') throw new Error('no L2 table');
    expect(l1.copied).toBe(true);
    const kinds = [0, 1, 2, 3, 4].map((i) => {
      const [hi, lo] = halvesAt(loaded, l1.offset + 8 * i);
      expect(l2HasReservedBits(hi, lo)).toBe(false);
      const entry = decodeL2Entry(hi, lo, loaded.geometry);
      if ('offset' in entry) expect(refcountOf(loaded, Math.floor(entry.offset / 65536))).toBe(1);
      return l2Kind(hi, lo, loaded.geometry.l2Rules);
    });
    expect(kinds).toEqual([L2_DATA, L2_ZERO, L2_ZERO_ALLOCATED, L2_COMPRESSED, L2_UNALLOCATED]);
  });

  it('extended L2 entries', () => {
    const image = file('extended.qcow2');
    qemuImg(['create', '-q', '-f', 'qcow2', '-o', 'extended_l2=on', image, '1M']);
    qemuIo(image, ['write 0 2k', 'write 70k 3k', 'write -z 128k 4k']);
    const loaded = load(image);
    const l1 = decodeL1Entry(
      ...halvesAt(loaded, loaded.cluster.header.l1TableOffset),
      loaded.geometry,
    );
    if (l1.kind !== 'table') throw new Error('no L2 table');
    const entries = [0, 1, 2].map((i) => {
      const at = l1.offset + 16 * i;
      return decodeExtendedL2(
        ...halvesAt(loaded, at),
        ...halvesAt(loaded, at + 8),
        loaded.geometry,
        at,
      );
    });
    expect(entries).toMatchObject([
      { word: { kind: 'data' }, allocated: 1, zero: 0 },
      { word: { kind: 'data' }, allocated: 0x18, zero: 0 },
      { word: { kind: 'unallocated' }, allocated: 0, zero: 3 },
    ]);
  });

  it.each([[], ['-b', 'base.raw', '-F', 'raw']])('QCOW version 1 %s', (...args) => {
    const image = file(`v1-${args.length}.qcow`);
    qemuImg(['create', '-q', '-f', 'qcow', ...args, image, '8M']);
    const bytes = new Uint8Array(readFileSync(image));
    const header = parseQcow1Header(bytes, { fileSize: bytes.length });
    expect(header).toMatchObject({
      size: 2 ** 23,
      clusterBits: args.length === 0 ? 12 : 9,
      l2Bits: args.length === 0 ? 9 : 12,
      backingFileSize: args.length === 0 ? 0 : 8,
    });
    expect(serializeQcow1Header(header)).toEqual(bytes.subarray(0, 48));
  });
});
