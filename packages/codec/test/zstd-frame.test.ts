import { isImageError } from '@q/block';
import { describe, expect, it } from 'vitest';
import { isZstdFrame, readZstdFrame } from '../src/zstd-frame.ts';

const MAGIC = [0x28, 0xb5, 0x2f, 0xfd];

/** A block header: 3 bytes, little-endian. */
const block = (type: number, size: number, last: boolean) => {
  const word = (last ? 1 : 0) | (type << 1) | (size << 3);
  return [word & 255, (word >>> 8) & 255, word >>> 16];
};
const raw = (size: number, last: boolean) => [...block(0, size, last), ...Array(size).fill(9)];
const read = (bytes: number[], offset = 0) => readZstdFrame(new Uint8Array(bytes), offset);

function code(bytes: number[]): unknown {
  try {
    return read(bytes);
  } catch (error) {
    return isImageError(error) ? error.code : error;
  }
}

describe('readZstdFrame', () => {
  it('ends after the last of several blocks, whatever follows', () => {
    const frame = [
      ...MAGIC,
      0x20,
      7,
      ...raw(3, false),
      ...block(1, 100, false),
      5,
      ...raw(0, true),
    ];
    const expected = { length: frame.length, skippable: false, contentSize: 7, dictionary: 0 };
    expect(read(frame)).toEqual(expected);
    expect(read([...frame, 1, 2, 3])).toEqual(expected);
    expect(read([0, 0, ...frame], 2)).toEqual(expected);
  });

  it('counts a run of one byte as one byte', () => {
    expect(read([...MAGIC, 0x20, 0, ...block(1, 131_072, true), 5]).length).toBe(10);
  });

  it('counts the checksum', () => {
    const frame = [...MAGIC, 0x24, 1, ...raw(1, true)];
    expect(read([...frame, 1, 2, 3, 4]).length).toBe(frame.length + 4);
    expect(code([...frame, 1, 2, 3])).toBe('corrupt');
  });

  it('reads the content size in each of its widths', () => {
    const size = (descriptor: number, ...bytes: number[]) =>
      read([...MAGIC, descriptor, ...bytes, ...raw(0, true)]).contentSize;
    expect(size(0x00, 0x58)).toBeUndefined();
    expect(size(0x20, 200)).toBe(200);
    expect(size(0x60, 0x01, 0x02)).toBe(0x201 + 256);
    expect(size(0xa0, 1, 2, 3, 4)).toBe(0x04030201);
    expect(size(0x80, 0x58, 1, 2, 3, 0xff)).toBe(0xff030201);
    expect(size(0xe0, 1, 0, 0, 0, 0, 0, 1, 0)).toBe(2 ** 48 + 1);
  });

  it('reads the dictionary in each of its widths', () => {
    const dictionary = (descriptor: number, ...bytes: number[]) =>
      read([...MAGIC, descriptor, ...bytes, 0, ...raw(0, true)]).dictionary;
    expect(dictionary(0x21, 7)).toBe(7);
    expect(dictionary(0x22, 7, 1)).toBe(0x107);
    expect(dictionary(0x23, 7, 1, 0, 0x80)).toBe(0x80000107);
  });

  it('walks over skippable frames of all sixteen magics', () => {
    for (let low = 0; low < 16; low++) {
      const frame = [0x50 + low, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 1, 2];
      expect(isZstdFrame(new Uint8Array(frame), 0)).toBe(true);
      expect(read([...frame, 3])).toMatchObject({ length: 10, skippable: true });
      expect(code(frame.slice(0, 9))).toBe('corrupt');
    }
  });

  it('refuses every cut of a frame', () => {
    const frame = [...MAGIC, 0x84, 0x58, 1, 0, 0, 0, ...raw(4, false), ...raw(2, true), 1, 2, 3, 4];
    expect(read(frame).length).toBe(frame.length);
    for (let length = 0; length < frame.length; length++) {
      expect(code(frame.slice(0, length)), `cut to ${length}`).toBe('corrupt');
    }
  });

  it('refuses other magics, reserved bits, reserved blocks and blocks that are too large', () => {
    expect(code([0x27, 0xb5, 0x2f, 0xfd, 0x20, 0, ...raw(0, true)])).toBe('corrupt');
    expect(code([0x60, 0x2a, 0x4d, 0x18, 0, 0, 0, 0])).toBe('corrupt');
    expect(code([...MAGIC, 0x28, 0, ...raw(0, true)])).toBe('corrupt');
    expect(code([...MAGIC, 0x20, 0, ...block(3, 0, true)])).toBe('corrupt');
    expect(code([...MAGIC, 0x20, 0, ...block(1, 131_073, true), 0])).toBe('corrupt');
  });
});
