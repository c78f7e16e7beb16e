import { describe, expect, it } from 'vitest';
import { isImageError, MemoryDevice, slice } from '../src/index.ts';

describe('slice', () => {
  const bytes = new Uint8Array([0, 1, 2, 3, 4, 5, 6, 7]);

  it('moves every request, and touches nothing outside', async () => {
    const memory = new MemoryDevice(bytes);
    const window = slice(memory, 2, 4);
    await window.write(new Uint8Array([9]), 0);
    await window.writev?.([new Uint8Array([8]), new Uint8Array([7])], 1);
    await window.writeZeroes(3, 1);
    expect([...memory.bytes()]).toEqual([0, 1, 9, 8, 7, 0, 6, 7]);
    expect(() => window.write(new Uint8Array(2), 3)).toThrow(RangeError);
  });

  it('gives extents with its own offsets and the file offsets of the device', async () => {
    const found = [];
    for await (const extent of slice(new MemoryDevice(bytes), 2, 4).extents(1, 2)) {
      found.push(extent);
    }
    expect(found).toEqual([{ offset: 1, length: 2, kind: 'data', depth: 0, hostOffset: 3 }]);
  });

  it('is cut from inside the device, keeps its size, and leaves the device open', async () => {
    const memory = new MemoryDevice(bytes);
    expect(() => slice(memory, 4, 5)).toThrow(RangeError);
    const window = slice(memory, 0, 4);
    try {
      await window.resize(5);
      expect.unreachable();
    } catch (error) {
      expect(isImageError(error, 'unsupported')).toBe(true);
    }
    await window.close();
    expect(memory.flush()).toBeUndefined();
  });
});
