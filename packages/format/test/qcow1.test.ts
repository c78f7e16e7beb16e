import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  L2_COMPRESSED,
  L2_DATA,
  L2_INVALID,
  L2_UNALLOCATED,
  inClusterOf,
  l1IndexOf,
  l2IndexOf,
} from '../src/index.ts';
import {
  decodeQcow1L1Entry,
  decodeQcow1L2Entry,
  isQcow1,
  parseQcow1BackingName,
  parseQcow1Header,
  qcow1CompressedHi,
  qcow1CompressedLimit,
  qcow1GeometryOf,
  qcow1L1Entries,
  qcow1L2Kind,
  serializeQcow1Header,
  type Qcow1Header,
} from '../src/qcow1.ts';
import { entryText, halves, hex } from './headers.ts';

/** A new 4 MiB image of QEMU. */
const header: Qcow1Header = {
  backingFileOffset: 0,
  backingFileSize: 0,
  mtime: 0,
  size: 4 * 2 ** 20,
  clusterBits: 12,
  l2Bits: 9,
  cryptMethod: 0,
  l1TableOffset: 0x30,
};
const bytes = hex(`514649fb 00000001 0000000000000000 00000000 00000000 0000000000400000
  0c09 0000 00000000 0000000000000030`);
const geometry = qcow1GeometryOf(header);

/** {@link bytes} with pieces (hexadecimal) patched in. */
function patched(...patches: [number, string][]): Uint8Array {
  const copy = bytes.slice();
  for (const [at, text] of patches) copy.set(hex(text), at);
  return copy;
}

describe('QCOW version 1 header', () => {
  it('parses and writes the bytes of QEMU', () => {
    expect(parseQcow1Header(bytes, { fileSize: 560 })).toEqual(header);
    expect(serializeQcow1Header(header)).toEqual(bytes);
    expect(isQcow1(bytes)).toBe(true);
    expect(isQcow1(patched([7, '02']))).toBe(false);
    expect(isQcow1(bytes.subarray(0, 7))).toBe(false);
  });

  it('reads the backing file name', () => {
    const backed = parseQcow1Header(patched([15, '30 00000008'], [47, '38'], [32, '090c']));
    expect(backed).toMatchObject({ backingFileOffset: 48, backingFileSize: 8, clusterBits: 9 });
    expect(parseQcow1BackingName(new TextEncoder().encode('base.raw'), backed)).toBe('base.raw');
    expect(() => parseQcow1BackingName(hex('00'), backed)).toThrow(
      expect.objectContaining({ code: 'corrupt' }),
    );
  });

  it.each([
    ['version 2', patched([7, '02']), 'not-this-format', 0],
    ['another magic', patched([3, 'fa']), 'not-this-format', 0],
    ['a file that ends in the header', bytes.subarray(0, 47), 'corrupt', 40],
    ['a backing name above 1023 bytes', patched([15, '30 00000400']), 'limit', 16],
    ['a backing name in the header', patched([15, '2f 00000001']), 'corrupt', 8],
    ['a backing name above 2^53', patched([8, 'ff']), 'corrupt', 8],
    ['a size of 1', patched([24, '0000000000000001']), 'corrupt', 24],
    ['a size of 2^64 - 1', patched([24, 'ffffffffffffffff']), 'limit', 24],
    ['an L1 table above 32 MiB', patched([24, '0000080000000001']), 'limit', 24],
    ['clusters of 256 bytes', patched([32, '08']), 'corrupt', 32],
    ['clusters of 128 KiB', patched([32, '11']), 'corrupt', 32],
    ['L2 tables of 256 bytes', patched([33, '05']), 'corrupt', 33],
    ['L2 tables of 128 KiB', patched([33, '0e']), 'corrupt', 33],
    ['crypt method 2', patched([39, '02']), 'corrupt', 36],
    ['an L1 table over the header', patched([47, '2f']), 'corrupt', 40],
    ['an L1 table outside of the file', patched([46, '02']), 'corrupt', 40],
    ['an L1 table above 2^53', patched([40, '80']), 'corrupt', 40],
  ])('refuses %s', (_what, image, code, offset) => {
    expect(() => parseQcow1Header(image, { fileSize: 560 })).toThrow(
      expect.objectContaining({ code, offset }),
    );
  });

  it('parse and serialize are inverse', () => {
    const valid = fc.record({
      name: fc.nat(1023),
      mtime: fc.nat(0xffffffff),
      size: fc.integer({ min: 2, max: 2 ** 33 }),
      clusterBits: fc.integer({ min: 9, max: 16 }),
      l2Bits: fc.integer({ min: 6, max: 13 }),
      cryptMethod: fc.constantFrom(0 as const, 1 as const),
      l1TableOffset: fc.integer({ min: 48, max: 2 ** 40 }),
    });
    fc.assert(
      fc.property(valid, ({ name, ...fields }) => {
        const h = { ...fields, backingFileSize: name, backingFileOffset: name === 0 ? 0 : 48 };
        expect(parseQcow1Header(serializeQcow1Header(h))).toEqual(h);
      }),
    );
  });
});

describe('QCOW version 1 geometry', () => {
  it('rounds the number of L1 entries up', () => {
    expect(geometry).toMatchObject({
      l1Entries: 2,
      l1Span: 2 ** 21,
      l2Bytes: 4096,
      encrypted: false,
    });
    const odd = { ...header, size: 2 ** 21 + 1 };
    expect(qcow1L1Entries(odd)).toBe(2);
    expect(qcow1GeometryOf(odd).virtualSize / 512).toBe(4096);
  });

  it('shares the address arithmetic of QCOW2', () => {
    const offset = 2 ** 21 + 5000;
    expect(l1IndexOf(geometry, offset)).toBe(1);
    expect(l2IndexOf(geometry, offset)).toBe(1);
    expect(inClusterOf(geometry, offset)).toBe(904);
  });
});

describe('QCOW version 1 entries', () => {
  it.each([
    ['80b0000000002000', 12, 0x2000, 22],
    ['80a8000000014000', 12, 0x14000, 21],
    ['9900000000000400', 9, 0x400, 100],
  ])('%s is compressed', (text, clusterBits, offset, length) => {
    const g = { ...geometry, clusterBits };
    expect(qcow1L2Kind(...halves(text))).toBe(L2_COMPRESSED);
    expect(decodeQcow1L2Entry(...halves(text), g)).toEqual({ kind: 'compressed', offset, length });
    expect(entryText(qcow1CompressedHi(offset, length, clusterBits), offset)).toBe(text);
  });

  it('decodes plain clusters', () => {
    expect(decodeQcow1L2Entry(0, 0, geometry)).toEqual({ kind: 'unallocated' });
    expect(decodeQcow1L2Entry(1, 0x2000, geometry)).toEqual({
      kind: 'data',
      offset: 2 ** 32 + 0x2000,
    });
    expect(qcow1L2Kind(0, 0)).toBe(L2_UNALLOCATED);
    expect(qcow1L2Kind(0x1fffff, 0xfffffe00)).toBe(L2_DATA);
    expect(qcow1L2Kind(0x200000, 0)).toBe(L2_INVALID);
    expect(qcow1L2Kind(0, 0x2001)).toBe(L2_INVALID);
  });

  it('decodes L1 entries', () => {
    expect(decodeQcow1L1Entry(0, 0, geometry)).toBe(0);
    expect(decodeQcow1L1Entry(0, 0x1000, geometry, 0x30, 0x2000)).toBe(0x1000);
    for (const [offset, fileSize] of [
      [0x2f, 0x9000],
      [0x38, 0x9000],
      [0x1001, 0x2000],
      [0xf0000000, 0x9000],
    ] as const) {
      expect(() => decodeQcow1L1Entry(0, offset, geometry, 0x30, fileSize)).toThrow(
        expect.objectContaining({ code: 'corrupt', offset: 0x30 }),
      );
    }
    expect(() => decodeQcow1L1Entry(0xffffffff, 0, geometry)).toThrow(/not in the file/);
  });

  it.each([
    ['a cluster not in sectors', '0000000000002001'],
    ['a cluster above 2^53', '0020000000000000'],
    ['a cluster behind the file', '0000000000009000'],
    ['a stream of no bytes', '8000000000002000'],
    ['a stream over the header', '80b0000000000010'],
    ['a stream over the L1 table', '80b0000000000038'],
    ['a stream that ends behind the file', '80b0000000008ff0'],
  ])('refuses %s', (_what, text) => {
    expect(() => decodeQcow1L2Entry(...halves(text), geometry, 0x1000, 0x9000)).toThrow(
      expect.objectContaining({ code: 'corrupt', offset: 0x1000 }),
    );
  });

  it('encode and decode of compressed clusters are inverse, up to the limit', () => {
    expect(qcow1CompressedLimit(16)).toBe(2 ** 47);
    const stream = fc.integer({ min: 9, max: 16 }).chain((clusterBits) =>
      fc.record({
        clusterBits: fc.constant(clusterBits),
        offset: fc
          .maxSafeNat()
          .map((n) => 4096 + (n % (qcow1CompressedLimit(clusterBits) - 2 ** 17))),
        length: fc.integer({ min: 1, max: 2 ** clusterBits - 1 }),
      }),
    );
    fc.assert(
      fc.property(stream, ({ clusterBits, offset, length }) => {
        const hi = qcow1CompressedHi(offset, length, clusterBits);
        const decoded = decodeQcow1L2Entry(hi, offset % 2 ** 32, { ...geometry, clusterBits });
        expect(decoded).toEqual({ kind: 'compressed', offset, length });
      }),
    );
    expect(() => qcow1CompressedHi(2 ** 47, 1, 16)).toThrow(RangeError);
    expect(() => qcow1CompressedHi(512, 512, 9)).toThrow(RangeError);
    expect(() => qcow1CompressedHi(512, 0, 9)).toThrow(RangeError);
  });
});
