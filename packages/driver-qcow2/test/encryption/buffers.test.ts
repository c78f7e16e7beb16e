import { MemoryDevice } from '@q/block';
import { expect, it } from 'vitest';
import { create } from '../../src/index.ts';
import { PASSPHRASE } from '../support/shapes.ts';

// `slice` of a Buffer is a view and no copy, and parts of pooled Buffers begin anywhere.
it('a Buffer of the caller is not encrypted in place, and may begin anywhere in memory', async () => {
  const disk = await create(new MemoryDevice(), {
    size: 65536,
    clusterSize: 4096,
    encryption: { passphrase: PASSPHRASE, iterations: 1000 },
  });
  const memory = Buffer.alloc(8192 + 3, 7);
  for (const at of [0, 1, 2, 3]) {
    await disk.write(memory.subarray(at, at + 8192), 4096 * at);
    expect(memory.every((byte) => byte === 7)).toBe(true);
    const found = Buffer.alloc(8192 + 3).subarray(at, at + 8192);
    await disk.read(found, 4096 * at);
    expect(found.every((byte) => byte === 7)).toBe(true);
  }
  await disk.close();
});
