import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  BITMAP_AUTO,
  BITMAP_IN_USE,
  bitmapDataBytes,
  decodeBitmapTableEntry,
  encodeBitmapTableEntry,
  parseBitmapDirectory,
  serializeBitmapDirectory,
  type BitmapDirectoryEntry,
  type BitmapTableEntry,
} from '../src/index.ts';
import { halves, hex } from './headers.ts';

const rules = { clusterSize: 65536, virtualSize: 2 ** 30, offset: 0x60000 };

const bm0: BitmapDirectoryEntry = {
  tableOffset: 0x50000,
  tableEntries: 1,
  flags: BITMAP_AUTO,
  granularityBits: 16,
  name: 'bm0',
  extra: new Uint8Array(0),
};
/** {@link bm0} as QEMU writes it. */
const bytes = hex('0000000000050000 00000001 00000002 01 10 0003 00000000 626d30 0000000000');

/** {@link bytes} with single bytes patched in: [offset, value]. */
function patched(...patches: [number, number][]): Uint8Array {
  const copy = bytes.slice();
  for (const [at, value] of patches) copy[at] = value;
  return copy;
}

describe('bitmap directory', () => {
  it('parses and writes an entry of QEMU', () => {
    expect(parseBitmapDirectory(bytes, 1, rules)).toEqual([bm0]);
    expect(serializeBitmapDirectory([bm0], rules)).toEqual(bytes);
  });

  it.each([
    ['an unaligned table', patched([6, 2]), 'corrupt', 0x60000],
    ['a table over the header', patched([5, 0]), 'corrupt', 0x60000],
    ['a table above 2^53', patched([0, 1]), 'corrupt', 0x60000],
    ['a table of 2^27 + 1 entries', patched([8, 8]), 'limit', 0x60008],
    ['data above 512 MiB', patched([9, 1]), 'limit', 0x60008],
    ['unknown flags', patched([15, 8]), 'corrupt', 0x6000c],
    ['another type', patched([16, 2]), 'unsupported', 0x60010],
    ['granularity 2^8', patched([17, 8]), 'corrupt', 0x60011],
    ['granularity 2^32', patched([17, 32]), 'corrupt', 0x60011],
    ['a table that does not cover the disk', patched([17, 9], [11, 3]), 'corrupt', 0x60008],
    ['no name', patched([19, 0], [24, 0]), 'corrupt', 0x60012],
    ['a name above 1023 bytes', patched([18, 4], [19, 0]), 'limit', 0x60012],
    ['a name that leaves the directory', patched([19, 9]), 'corrupt', 0x60018],
    ['extra data that leaves the directory', patched([20, 0xff]), 'corrupt', 0x60018],
    ['a name that is no text', patched([24, 0xff]), 'corrupt', 0x60018],
  ])('refuses %s', (_what, table, code, offset) => {
    expect(() => parseBitmapDirectory(table, 1, rules)).toThrow(
      expect.objectContaining({ code, offset }),
    );
  });

  it('refuses the same name twice, and a size that does not fit the count', () => {
    const twice = new Uint8Array([...bytes, ...bytes]);
    expect(() => parseBitmapDirectory(twice, 2, rules)).toThrow(/"bm0"/);
    expect(() => parseBitmapDirectory(twice, 1, rules)).toThrow(/32 bytes after/);
    expect(() => parseBitmapDirectory(bytes, 2, rules)).toThrow(
      expect.objectContaining({ code: 'corrupt' }),
    );
    expect(() => parseBitmapDirectory(bytes, 65536, rules)).toThrow(
      expect.objectContaining({ code: 'limit', subject: 'bitmaps' }),
    );
  });

  it('does not want a bitmap in use to cover the disk', () => {
    const inUse = { ...bm0, flags: BITMAP_IN_USE, tableEntries: 0, tableOffset: 0 };
    expect(parseBitmapDirectory(serializeBitmapDirectory([inUse], rules), 1, rules)).toEqual([
      inUse,
    ]);
    expect(() => serializeBitmapDirectory([{ ...inUse, flags: 0 }], rules)).toThrow(/1 or more/);
  });

  it('counts the bytes of a bitmap', () => {
    expect(bitmapDataBytes(2 ** 30, 16)).toBe(2048);
    expect(bitmapDataBytes(2 ** 30 + 512, 16)).toBe(2049);
    expect(bitmapDataBytes(0, 9)).toBe(0);
    expect(bitmapDataBytes(Number.MAX_SAFE_INTEGER, 9)).toBe(2 ** 41);
  });

  it('parse and serialize are inverse', () => {
    const entry = fc.record({
      tableOffset: fc.integer({ min: 1, max: 2 ** 30 }).map((n) => n * 65536),
      tableEntries: fc.integer({ min: 4, max: 8192 }),
      flags: fc.nat(7),
      granularityBits: fc.integer({ min: 9, max: 31 }),
      name: fc
        .string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
        .filter((s) => !s.includes('\0')),
      extra: fc.uint8Array({ maxLength: 40 }),
    });
    const entries = fc.uniqueArray(entry, { maxLength: 5, selector: (e) => e.name });
    fc.assert(
      fc.property(entries, (list) => {
        const table = serializeBitmapDirectory(list, rules);
        expect(parseBitmapDirectory(table, list.length, rules)).toEqual(list);
      }),
    );
  });
});

describe('bitmap table entry', () => {
  it('encode and decode are inverse', () => {
    const entry = fc.oneof<fc.Arbitrary<BitmapTableEntry>[]>(
      fc.constant({ kind: 'zeros' }),
      fc.constant({ kind: 'ones' }),
      fc.record({
        kind: fc.constant('data' as const),
        offset: fc.integer({ min: 1, max: 2 ** 37 - 1 }).map((n) => n * 65536),
      }),
    );
    fc.assert(
      fc.property(entry, (e) => {
        const { hi, lo } = encodeBitmapTableEntry(e);
        expect(decodeBitmapTableEntry(hi, lo, rules)).toEqual(e);
      }),
    );
  });

  it.each([
    '0000000000070001',
    '0000000000070200',
    '0000000000000002',
    '8000000000070000',
    '0020000000000000',
  ])('refuses %s', (text) => {
    expect(() => decodeBitmapTableEntry(...halves(text), rules, 0x50000)).toThrow(
      expect.objectContaining({ code: 'corrupt', offset: 0x50000 }),
    );
  });
});
