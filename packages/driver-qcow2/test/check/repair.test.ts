import { isImageError, MemoryDevice, readOnly, withFaults } from '@q/block';
import { beforeEach, describe, expect, it } from 'vitest';
import { FORMAT_LIMITS_DEFAULTS } from '@q/format';
import { rebuildRefcounts } from '../../src/check/recount.ts';
import { check, create, open } from '../../src/index.ts';
import { readAll } from '../support/chain.ts';
import { Anatomy } from './anatomy.ts';

const CLUSTER = 4096;
let file: MemoryDevice;

beforeEach(async () => {
  file = new MemoryDevice();
  const disk = await create(file, { size: CLUSTER * 1000, clusterSize: CLUSTER });
  for (let i = 0; i < 20; i++) {
    await disk.write(new Uint8Array(CLUSTER).fill(i + 1), i * CLUSTER * 40);
  }
  await disk.close();
});

/** Damages the image. */
function change(how: (image: Anatomy) => void): void {
  const image = new Anatomy(Buffer.from(file.bytes()));
  how(image);
  file.write(image.bytes, 0);
}

const codes = async (): Promise<string[]> => (await check(file)).findings.map(({ code }) => code);
const guest = async (): Promise<Uint8Array> => readAll(await open(file, { readOnly: true }));

describe("repair 'leaks'", () => {
  it('lowers counts, and gives the cluster that is no longer shared its flag', async () => {
    change((image) => {
      const [at] = image.own;
      const cluster = image.offset(at!) / CLUSTER;
      image.bytes.writeUInt16BE(2, image.block + cluster * 2);
      image.bytes.writeUInt16BE(1, image.block + image.clusters * 2);
      image.flip(at!, 1n << 63n);
    });
    expect(await codes()).toEqual(['refcount-too-high', 'refcount-past-end']);
    const report = await check(file, { repair: 'leaks' });
    expect([report.leaksFixed, report.leaks, report.corruptions]).toEqual([2, 0, 0]);
    expect(await codes()).toEqual([]);
  });

  it('leaves counts alone that are too low', async () => {
    change((image) => {
      image.bytes.writeUInt16BE(0, image.block + 2);
      image.bytes.writeUInt16BE(7, image.block + image.clusters * 2);
    });
    const report = await check(file, { repair: 'leaks' });
    expect([report.corruptions, report.leaks]).toEqual([1, 0]);
    expect(await codes()).toEqual(['refcount-too-low']);
  });

  it('does nothing while an entry is damaged: its cluster looks free', async () => {
    change((image) => image.flip(image.own[3]!, 0x200n));
    const before = file.bytes();
    const report = await check(file, { repair: 'leaks' });
    expect([report.corruptions, report.leaks]).toEqual([1, 1]);
    expect(Buffer.compare(file.bytes(), before)).toBe(0);
  });
});

describe("repair 'all'", () => {
  it('finds the cluster of a damaged entry again', async () => {
    const before = await guest();
    change((image) => {
      image.flip(image.own[3]!, 0x800n);
      image.flip(image.l1, 0x400n);
    });
    const report = await check(file, { repair: 'all' });
    expect([report.corruptions, report.leaks]).toEqual([0, 0]);
    expect(Buffer.compare(await guest(), before)).toBe(0);
  });

  it('does not free what it cannot see: the L1 table is not in the file', async () => {
    change((image) => image.put(40, 1n << 40n));
    const before = file.bytes();
    const report = await check(file, { repair: 'all' });
    expect(report.corruptions).toBeGreaterThan(0);
    // All but the dirty bit.
    expect(Buffer.compare(file.bytes().subarray(80), before.subarray(80))).toBe(0);
  });

  it('does not free what it cannot read', async () => {
    change((image) => image.bytes.writeUInt16BE(9, image.block));
    const table = new Anatomy(Buffer.from(file.bytes())).l2Tables[0]!;
    const before = file.bytes();
    const faulty = withFaults(file, [
      {
        on: 'read',
        when: ({ offset, length }) => offset <= table && offset + length > table,
        times: Infinity,
      },
    ]);
    const report = await check(faulty, { repair: 'all' });
    expect(report.checkErrors).toBe(1);
    expect(report.leaks).toBeGreaterThan(0);
    expect(Buffer.compare(file.bytes().subarray(80), before.subarray(80))).toBe(0);
  });

  it('moves guest data out of the L1 table, and keeps its bytes', async () => {
    change((image) => image.put(image.own[3]!, BigInt(image.l1) + (1n << 63n)));
    const before = await guest();
    const report = await check(file, { repair: 'all' });
    expect([report.corruptions, report.leaks]).toEqual([0, 0]);
    expect(Buffer.compare(await guest(), before)).toBe(0);
  });

  it('completes an L1 table that the end of the file cuts', async () => {
    const small = new MemoryDevice();
    await (await create(small, { size: 2 ** 40, clusterSize: CLUSTER })).close();
    small.resize(CLUSTER * 5);
    const report = await check(small, { repair: 'all' });
    expect(report.findings.map(({ code }) => code)).toContain('l1-out-of-file');
    expect([report.corruptions, report.leaks]).toEqual([0, 0]);
  });

  it('says that the file is read-only before anything else', async () => {
    change((image) => image.bytes.writeUInt16BE(9, image.block));
    const denied = await check(readOnly(file), { repair: 'all' }).catch((e: unknown) => e);
    expect(isImageError(denied, 'read-only')).toBe(true);
  });
});

describe('counting an image anew that was not closed', () => {
  it('makes its counts true and clears the dirty bit', async () => {
    change((image) => {
      image.flip(72, 1n);
      image.bytes.fill(0, image.block, image.block + CLUSTER);
    });
    await rebuildRefcounts(file, FORMAT_LIMITS_DEFAULTS);
    expect(await codes()).toEqual([]);
  });

  it('refuses an image that is damaged otherwise', async () => {
    change((image) => {
      image.flip(72, 1n);
      image.flip(image.own[3]!, 0x200n);
    });
    const refused = await Promise.resolve()
      .then(() => rebuildRefcounts(file, FORMAT_LIMITS_DEFAULTS))
      .catch((e: unknown) => e);
    expect(isImageError(refused, 'corrupt')).toBe(true);
    expect(await codes()).toContain('dirty');
  });
});
