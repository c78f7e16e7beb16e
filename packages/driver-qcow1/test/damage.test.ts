import { MemoryDevice } from '@q/block';
import { describe, expect, it } from 'vitest';
import { check, create, open, type FindingCode } from '../src/index.ts';

const CLUSTER = 4096;
/** Where the first table and the first cluster of a new image go. */
const TABLE = 0x1000;

/** An image with three clusters: L1 at 48, one L2 table behind the header's cluster. */
async function made(): Promise<MemoryDevice> {
  const file = new MemoryDevice();
  const disk = await create(file, { size: 2 ** 22 });
  await disk.write(new Uint8Array(CLUSTER * 2).fill(1), 0);
  await disk.writeCompressed(new Uint8Array(CLUSTER).fill(2), CLUSTER * 5);
  await disk.close();
  return file;
}

function entry(value: bigint): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, value);
  return bytes;
}

/** Damage to `made`: an entry and where it goes, what a check calls it, and what comes of reading the first cluster and of writing it. */
const damages: readonly {
  readonly name: string;
  readonly at: number;
  readonly value: bigint;
  readonly code: FindingCode;
  readonly reads?: boolean;
  readonly opens?: boolean;
  readonly writes?: boolean;
}[] = [
  { name: 'an L2 table past the end', at: 48, value: 1n << 40n, code: 'l1-entry-out-of-place' },
  { name: 'an L2 table past 2^53', at: 48, value: 1n << 60n, code: 'l1-entry-out-of-place' },
  { name: 'an L2 table over the header', at: 48, value: 8n, code: 'l1-entry-out-of-place' },
  { name: 'an L2 table over the L1 table', at: 48, value: 48n, code: 'l1-entry-out-of-place' },
  {
    name: 'a table named twice',
    at: 56,
    value: 0x1000n,
    code: 'overlap',
    reads: true,
    opens: false,
  },
  {
    name: 'a table within a table',
    at: 56,
    value: 0x1800n,
    code: 'overlap',
    reads: true,
    opens: false,
  },
  {
    name: 'a table at an odd place',
    at: 56,
    value: 0x2004n,
    code: 'table-unaligned',
    reads: true,
    opens: false,
  },
  {
    name: 'a cluster that is not at a sector',
    at: TABLE,
    value: 0x2001n,
    code: 'l2-entry-invalid',
  },
  { name: 'a cluster past 2^53', at: TABLE, value: 1n << 54n, code: 'l2-entry-invalid' },
  { name: 'a cluster past the end', at: TABLE, value: 1n << 40n, code: 'l2-entry-out-of-file' },
  { name: 'a cluster over a table', at: TABLE, value: 0x1000n, code: 'overlap', reads: true },
  {
    name: 'an entry that was lost',
    at: TABLE,
    value: 0n,
    code: 'leak',
    reads: true,
    writes: true,
  },
  {
    name: 'a cluster named twice',
    at: TABLE,
    value: 0x3000n,
    code: 'overlap',
    reads: true,
    writes: true,
  },
  {
    name: 'a compressed cluster of no bytes',
    at: TABLE,
    value: 0x8000000000002000n,
    code: 'compressed-empty',
  },
  {
    name: 'a compressed cluster past the end',
    at: TABLE,
    value: 0x80b0001000002000n,
    code: 'compressed-out-of-file',
  },
];

describe('an image with', () => {
  for (const { name, at, value, code, reads, opens, writes } of damages) {
    it(`${name}: a check says ${code}, and nothing is written where it must not be`, async () => {
      const file = await made();
      expect((await check(file)).findings).toEqual([]);
      file.write(entry(value), at);
      const report = await check(file);
      expect(report.findings.map((finding) => finding.code)).toContain(code);

      const reader = await open(file, { readOnly: true });
      const read = async (): Promise<void> => await reader.read(new Uint8Array(10), 100);
      if (reads === true) await read();
      else await expect(read()).rejects.toMatchObject({ code: 'corrupt' });

      if (opens === false) {
        const refusal = expect.objectContaining({
          code: expect.stringMatching(/corrupt|unsupported/),
        });
        await expect(open(file)).rejects.toEqual(refusal);
        return;
      }
      const before = file.bytes();
      const disk = await open(file);
      const write = async (): Promise<void> => await disk.write(new Uint8Array(10), 100);
      if (writes === true) await write();
      else {
        await expect(write()).rejects.toMatchObject({ code: 'corrupt' });
        // The hot path has a cached table, and is as careful.
        await expect(write()).rejects.toMatchObject({ code: 'corrupt' });
        expect(Buffer.compare(file.bytes(), before)).toBe(0);
      }
      await disk.close();
    });
  }

  it('more damage than is kept: the rest is counted', async () => {
    const file = await made();
    for (let i = 0; i < 50; i++) file.write(entry(1n), TABLE + i * 8);
    const report = await check(file, { mostFindings: 3 });
    expect(report).toMatchObject({ corruptions: 50, leaks: 2 });
    expect(report.findings).toHaveLength(3);
    expect(report.omitted).toBe(48);
  });

  it('an L2 table that is named by every L1 entry: the check reads it once', async () => {
    const file = new MemoryDevice();
    await (await create(file, { size: 2 ** 35 })).close();
    const table = 2 ** 20;
    file.write(new Uint8Array(4096).fill(1), table);
    for (let i = 0; i < 2 ** 14; i++) file.write(entry(BigInt(table)), 48 + i * 8);
    const read = file.read.bind(file);
    let readings = 0;
    file.read = (into, offset) => {
      readings++;
      read(into, offset);
    };
    const report = await check(file);
    expect(report.corruptions).toBe(2 ** 14 - 1 + 512);
    expect(readings).toBeLessThan(5);
  });

  it('a stream that is damaged: only its cluster cannot be read, or partly written', async () => {
    const file = await made();
    const report = await check(file);
    file.write(new Uint8Array(600).fill(0xff), report.imageEnd - 12);
    const disk = await open(file);
    const into = new Uint8Array(10);
    const read = async (): Promise<void> => await disk.read(into, CLUSTER * 5);
    await expect(read()).rejects.toMatchObject({ code: 'corrupt' });
    const write = async (): Promise<void> => {
      await disk.write(into, CLUSTER * 5 + 1);
      await disk.flush();
    };
    await expect(write()).rejects.toMatchObject({ code: 'corrupt' });
    await disk.write(new Uint8Array(CLUSTER).fill(9), CLUSTER * 5);
    await disk.read(into, CLUSTER * 5);
    expect(into).toEqual(new Uint8Array(10).fill(9));
    await disk.close();
  });
});
