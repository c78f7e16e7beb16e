import { MemoryDevice, withTrace } from '@q/block';
import { expect, it } from 'vitest';
import { create } from '../src/index.ts';

/** Where a new image of 4 MiB has its structures. */
const NAMES = new Map([
  [48, 'L1 entry'],
  [0x1000, 'L2 table'],
  [0x2000, 'data'],
  [0x3000, 'more data'],
]);

it('data goes to disk before the L2 table that names it, and that before its L1 entry', async () => {
  const log: string[] = [];
  const file = withTrace(new MemoryDevice(), ({ op, offset }) => {
    if (op === 'flush') log.push('flush');
    else if (op !== 'read') log.push(NAMES.get(offset) ?? `${op} at ${offset}`);
  });
  const disk = await create(file, { size: 2 ** 22 });
  log.length = 0;
  await disk.write(new Uint8Array(4096).fill(1), 0);
  await disk.flush();
  expect(log).toEqual(['data', 'flush', 'L2 table', 'flush', 'L1 entry', 'flush']);
  log.length = 0;
  await disk.write(new Uint8Array(4096).fill(2), 4096);
  await disk.flush();
  expect(log).toEqual(['more data', 'flush', 'L2 table', 'flush']);
  log.length = 0;
  await disk.write(new Uint8Array(4096).fill(3), 0);
  await disk.flush();
  expect(log).toEqual(['data', 'flush']);
  await disk.close();
});
