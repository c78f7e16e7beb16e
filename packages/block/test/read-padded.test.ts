import { describe, expect, it } from 'vitest';
import { MemoryDevice } from '../src/memory.ts';
import { readPadded } from '../src/read-padded.ts';

describe('readPadded', () => {
  const device = new MemoryDevice(new Uint8Array([1, 2, 3, 4]));
  const read = (offset: number, length: number) => {
    const into = new Uint8Array(length).fill(0xff);
    expect(readPadded(device, into, offset)).toBeUndefined();
    return [...into];
  };

  it('reads as usual inside the device', () => {
    expect(read(1, 3)).toEqual([2, 3, 4]);
  });

  it('fills up with zeroes across the end, at the end and far past it', () => {
    expect(read(2, 4)).toEqual([3, 4, 0, 0]);
    expect(read(4, 2)).toEqual([0, 0]);
    expect(read(2 ** 50, 2)).toEqual([0, 0]);
  });

  it('refuses what is not an offset', () => {
    for (const offset of [-1, 0.5, Number.NaN, 2 ** 53]) {
      expect(() => readPadded(device, new Uint8Array(8), offset)).toThrow(RangeError);
    }
  });
});
