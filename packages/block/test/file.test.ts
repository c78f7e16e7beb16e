import fs from 'node:fs';
import path from 'node:path';
import { scratch } from '@q/judge';
import { describe, expect, it } from 'vitest';
import { isImageError } from '../src/errors.ts';
import { openFile } from '../src/node/index.ts';

const folder = scratch();
let count = 0;
const fresh = () => path.join(folder, `file-${count++}`);

function caught(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe.each(['sync', 'async'] as const)('openFile, %s', (mode) => {
  it('writes, extends, reads, and leaves the bytes in the file', async () => {
    const file = fresh();
    const device = openFile(file, { create: true, mode });
    await device.write(new Uint8Array([1, 2, 3]), 5);
    await device.writev([new Uint8Array([4]), new Uint8Array(0), new Uint8Array([5, 6])], 8);
    await device.writeZeroes(6, 1);
    await device.writeZeroes(10, 3);
    expect(device.size).toBe(13);
    const into = new Uint8Array(13);
    await device.read(into, 0);
    await device.close();
    expect([...into]).toEqual([0, 0, 0, 0, 0, 1, 0, 3, 4, 5, 0, 0, 0]);
    expect([...fs.readFileSync(file)]).toEqual([...into]);
  });

  it('says so when the file became shorter under it', async () => {
    const file = fresh();
    fs.writeFileSync(file, new Uint8Array(100));
    const device = openFile(file, { mode });
    fs.truncateSync(file, 40);
    const error = await (async () => device.read(new Uint8Array(50), 0))().catch((e) => e);
    expect(isImageError(error, 'io')).toBe(true);
    expect(error.offset).toBe(40);
    await device.close();
  });

  it('zeroes more than one chunk of zeroes at once', async () => {
    const file = fresh();
    const size = 3_000_000;
    fs.writeFileSync(file, new Uint8Array(size).fill(1));
    const device = openFile(file, { mode });
    await device.writeZeroes(7, size - 8);
    await device.close();
    const expected = new Uint8Array(size);
    expected[6] = expected[size - 1] = 1;
    expected.fill(1, 0, 7);
    expect(fs.readFileSync(file).equals(expected)).toBe(true);
  });

  it('gives a full device as no-space', async () => {
    // Every write to /dev/full fails with ENOSPC, but it is no regular file: go through its descriptor.
    const device = openFile(fresh(), { create: true, mode });
    const full = fs.openSync('/dev/full', 'r+');
    Object.assign(device, { fd: full });
    const error = await (async () => device.write(new Uint8Array(8), 16))().catch((e) => e);
    fs.closeSync(full);
    expect(isImageError(error, 'no-space')).toBe(true);
    expect(error).toMatchObject({ offset: 16, found: 'ENOSPC' });
    expect(device.size).toBe(0);
  });
});

describe('openFile', () => {
  it('has an error code for each way not to open', () => {
    const file = fresh();
    expect(
      isImageError(
        caught(() => openFile(file)),
        'io',
      ),
    ).toBe(true);
    openFile(file, { create: true }).close();
    const exclusive = caught(() => openFile(file, { create: true, exclusive: true }));
    expect(isImageError(exclusive, 'refused')).toBe(true);
    expect(
      isImageError(
        caught(() => openFile('/dev/null')),
        'unsupported',
      ),
    ).toBe(true);
    expect(caught(() => openFile(file, { create: true, readOnly: true }))).toBeInstanceOf(
      TypeError,
    );
  });

  it('keeps what a file holds unless told to truncate', () => {
    const file = fresh();
    fs.writeFileSync(file, 'abc');
    const kept = openFile(file, { create: true });
    expect(kept.size).toBe(3);
    kept.close();
    const cut = openFile(file, { truncate: true });
    expect(cut.size).toBe(0);
    cut.close();
  });
});

describe('FileDevice', () => {
  it('fails each flush after one that failed: what the kernel dropped does not come back', () => {
    const device = openFile(fresh(), { create: true });
    const { fd } = device as unknown as { fd: number };
    const pipe = fs.openSync('/dev/null', 'r+');
    Object.assign(device, { fd: pipe }); // fdatasync of /dev/null is EINVAL
    expect(
      isImageError(
        caught(() => device.flush()),
        'io',
      ),
    ).toBe(true);
    Object.assign(device, { fd });
    fs.closeSync(pipe);
    expect(
      isImageError(
        caught(() => device.flush()),
        'io',
      ),
    ).toBe(true);
    expect(
      isImageError(
        caught(() => device.close()),
        'io',
      ),
    ).toBe(true);
    expect(caught(() => device.close())).toBeInstanceOf(TypeError);
  });
});

describe('AsyncFileDevice', () => {
  it('closes after the requests in flight', async () => {
    const file = fresh();
    const device = openFile(file, { create: true, mode: 'async' });
    const writes = Array.from({ length: 20 }, (_, at) =>
      device.write(new Uint8Array(100_000).fill(at), at * 100_000),
    );
    await device.close();
    await Promise.all(writes);
    expect(fs.statSync(file).size).toBe(2_000_000);
    await expect(device.read(new Uint8Array(1), 0)).rejects.toThrow(TypeError);
  });
});
