import { ImageError, MemoryDevice, withFaults, withPowerCut } from '@q/block';
import { describe, expect, it } from 'vitest';
import { check } from '../src/check/check.ts';
import { create, open, type Qcow2AmendOptions, type Qcow2CreateOptions } from '../src/index.ts';
import { readAll } from './support/chain.ts';
import { gates, type Made } from './support/shapes.ts';

const CLUSTER = 4096;
const NAME = 'a-name-of-some-length.raw';

/** An image with data, zeroes, compressed clusters and holes, with a snapshot of an earlier state, and perhaps something below. */
async function furnished(
  options: Partial<Qcow2CreateOptions>,
  snapshot: boolean,
): Promise<Made & { earlier: Uint8Array | undefined }> {
  const below = options.backing === undefined ? undefined : new Uint8Array(40 * CLUSTER).fill(3);
  const backing = below === undefined ? undefined : new MemoryDevice(below);
  const file = new MemoryDevice();
  const made = { file, backing, data: undefined };
  const all = { size: 40 * CLUSTER, clusterSize: CLUSTER, ...options };
  const disk = await create(file, all, gates(made));
  const part = (clusters: number, byte: number): Uint8Array =>
    new Uint8Array(clusters * CLUSTER).fill(byte);
  await disk.write(part(10, 1), 0);
  await disk.writeCompressed(part(16, 2), 16 * CLUSTER);
  if (disk.geometry.version === 3) {
    await disk.writeZeroes(2 * CLUSTER, 3 * CLUSTER);
    await disk.writeZeroes(25 * CLUSTER, 3 * CLUSTER, { unmap: true });
  }
  let earlier: Uint8Array | undefined;
  if (snapshot) {
    await disk.createSnapshot({ name: 's' });
    earlier = await readAll(disk);
    await disk.write(part(2, 4), 3 * CLUSTER);
    if (disk.geometry.version === 3)
      await disk.writeZeroes(6 * CLUSTER, 2 * CLUSTER, { unmap: true });
  }
  const bytes = await readAll(disk);
  await disk.close();
  return { ...made, bytes, earlier };
}

async function expectSame(
  made: Awaited<ReturnType<typeof furnished>>,
  file = made.file,
): Promise<void> {
  const report = await check(file);
  expect(report.findings.filter(({ severity }) => severity === 'corruption')).toEqual([]);
  const disk = await open(file, { ...gates(made), readOnly: true });
  expect(Buffer.compare(await readAll(disk), made.bytes)).toBe(0);
  await disk.close();
  if (made.earlier === undefined) return;
  const snapshot = await open(file, { ...gates(made), snapshot: 's' });
  expect(Buffer.compare(await readAll(snapshot), made.earlier)).toBe(0);
  await snapshot.close();
}

const raw = { name: 'b', format: 'raw' };
const changes: readonly (readonly [
  string,
  Partial<Qcow2CreateOptions>,
  boolean,
  Qcow2AmendOptions,
])[] = [
  ['to version 2', {}, false, { version: 2 }],
  ['to version 2, over a backing device', { backing: raw }, false, { version: 2 }],
  ['to version 2, with a snapshot', {}, true, { version: 2 }],
  ['to version 2, with a snapshot, over a backing device', { backing: raw }, true, { version: 2 }],
  ['to version 3', { version: 2 }, false, { version: 3 }],
  [
    'to version 3, with a snapshot and a backing device',
    { version: 2, backing: raw },
    true,
    { version: 3 },
  ],
  ['to version 3 with lazy refcounts', { version: 2 }, false, { version: 3, lazyRefcounts: true }],
  [
    'to version 3, large clusters',
    { version: 2, clusterSize: 65536, backing: raw },
    false,
    { version: 3 },
  ],
  ['to version 2, large clusters', { clusterSize: 65536, backing: raw }, false, { version: 2 }],
  ['lazy refcounts on', {}, false, { lazyRefcounts: true }],
  ['lazy refcounts off', { lazyRefcounts: true }, false, { lazyRefcounts: false }],
  [
    'another name below',
    { backing: raw, clusterSize: 65536 },
    false,
    { backing: { name: NAME, format: 'qcow2' } },
  ],
  ['a name below', { clusterSize: 65536 }, false, { backing: { name: NAME, format: 'raw' } }],
  [
    'no name below',
    { clusterSize: 65536, backing: { name: NAME, format: 'qcow2' } },
    false,
    { backing: null },
  ],
  [
    'clusters of a sector',
    { clusterSize: 512, version: 2, backing: raw },
    false,
    { version: 3, backing: { name: NAME, format: 'raw' } },
  ],
];

/** What a header says of what changes. */
async function said(file: MemoryDevice, made: Made): Promise<string> {
  const disk = await open(file, {
    backing: () => made.backing?.clone() ?? new MemoryDevice(0),
    readOnly: true,
  });
  const { header, extensions, backingFile } = disk.header;
  const bits = header.version === 3 ? header.compatibleFeatures : 0n;
  const format = extensions.find(({ kind }) => kind === 'backing-format');
  await disk.close();
  return JSON.stringify([header.version, String(bits), backingFile, format]);
}

describe.each(changes)('amend: %s', (name, options, snapshot, change) => {
  const changesBelow =
    change.backing !== undefined && name !== 'no name below' && options.backing === undefined;
  it('says so, and the disk and its snapshot stay what they are; writes go on', async () => {
    const made = await furnished(options, snapshot);
    const disk = await open(made.file, gates(made));
    await disk.amend(change);
    expect(Buffer.compare(await readAll(disk), made.bytes)).toBe(0);
    await disk.write(new Uint8Array(5 * CLUSTER).fill(9), 11 * CLUSTER);
    made.bytes.fill(9, 11 * CLUSTER, 16 * CLUSTER);
    await disk.writeZeroes(30 * CLUSTER, CLUSTER);
    made.bytes.fill(0, 30 * CLUSTER, 31 * CLUSTER);
    expect(Buffer.compare(await readAll(disk), made.bytes)).toBe(0);
    await disk.close();
    expect((await check(made.file)).leaks).toBe(0);
    const { header, backingFile } = (
      await open(made.file, { backing: () => new MemoryDevice(), readOnly: true })
    ).header;
    if (change.version !== undefined) expect(header.version).toBe(change.version);
    if (change.lazyRefcounts !== undefined && header.version === 3) {
      expect(header.compatibleFeatures).toBe(change.lazyRefcounts ? 1n : 0n);
    }
    if (change.backing !== undefined) expect(backingFile).toBe(change.backing?.name);
    const below = changesBelow ? { ...made, backing: new MemoryDevice(0) } : made;
    if (change.backing !== null) await expectSame(below);
  });

  it('is there as a whole after a power cut, or not at all', async () => {
    const made = await furnished(options, snapshot);
    const before = await said(made.file.clone(), made);
    const found = new Set<string>();
    let judged = 0;
    const look = async (): Promise<void> => {
      for (const { image } of file.survivors({ seed: judged, count: 6 })) {
        const one = await said(image, made);
        found.add(one);
        if (change.backing === undefined) await expectSame(made, image);
        judged++;
      }
    };
    const file = withPowerCut(made.file, { onFlush: look });
    const disk = await open(file, gates(made));
    await disk.amend(change);
    await look();
    await disk.close();
    const after = await said(made.file, made);
    expect(after).not.toBe(before);
    expect([...found].filter((one) => one !== before && one !== after)).toEqual([]);
    expect(found).toContain(after);
    expect(judged).toBeGreaterThan(5);
  });

  it('may fail at any I/O call, and works the next time', async () => {
    const made = await furnished(options, snapshot);
    let failures = 0;
    for (let nth = 1; ; nth++) {
      const copy = { ...made, file: made.file.clone() };
      const file = withFaults(copy.file, []);
      const disk = await open(file, gates(copy));
      file.setRules([{ nth, code: 'io', torn: nth % 2 === 0 ? 512 : 0 }]);
      let failed = false;
      try {
        await disk.amend(change);
      } catch (error) {
        if (!(error instanceof ImageError)) throw error;
        failed = true;
        failures++;
        expect(Buffer.compare(await readAll(disk), made.bytes)).toBe(0);
        await disk.amend(change);
      }
      const { failures: met } = file;
      file.setRules([]);
      expect(Buffer.compare(await readAll(disk), made.bytes)).toBe(0);
      await disk.close();
      if (change.backing === undefined) await expectSame(copy);
      if (!failed && met === 0) break;
    }
    expect(failures).toBeGreaterThan(0);
  });
});

describe('amend refuses', () => {
  it.each([
    [{ refcountBits: 8 }, { version: 2 }],
    [{ compression: 'zstd' }, { version: 2 }],
    [{ clusterSize: 16384, extendedL2: true }, { version: 2 }],
  ] as const)('version 2 for what it does not have: %j', async (options, change) => {
    const file = new MemoryDevice();
    const disk = await create(file, { size: CLUSTER, ...options });
    await expect(disk.amend(change)).rejects.toMatchObject({ code: 'unsupported' });
    await disk.close();
    expect(await check(file)).toMatchObject({ corruptions: 0 });
  });

  it('what contradicts itself, and what it does not know', async () => {
    const disk = await create(new MemoryDevice(), { size: CLUSTER, version: 2 });
    for (const change of [
      { lazyRefcounts: true },
      { version: 2, lazyRefcounts: true },
      { version: 4 as 3 },
    ] as const) {
      await expect(disk.amend(change)).rejects.toThrow(RangeError);
    }
    const name = 'x'.repeat(1024);
    await expect(disk.amend({ backing: { name, format: 'raw' } })).rejects.toMatchObject({
      code: 'limit',
    });
    const small = await create(new MemoryDevice(), { size: CLUSTER, clusterSize: 512 });
    const long = { name: 'x'.repeat(500), format: 'raw' };
    await expect(small.amend({ backing: long })).rejects.toMatchObject({ code: 'no-space' });
  });
});
