import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  AUTOCLEAR_BITMAPS,
  INCOMPATIBLE_DATA_FILE,
  KNOWN_FEATURES,
  extensionOf,
  headerClusterBytes,
  parseHeaderCluster,
  serializeHeader,
  serializeHeaderCluster,
  type HeaderCluster,
  type HeaderExtension,
} from '../src/index.ts';
import { fresh, freshV2, hex } from './headers.ts';

const cluster = (
  change: Parameters<typeof fresh>[0] = {},
  extensions: HeaderExtension[] = [],
  backingFile?: string,
): HeaderCluster => ({ header: fresh(change), extensions, backingFile });

/** The first cluster with extension bytes (hexadecimal) behind the header. */
function withExtensions(text: string, change: Parameters<typeof fresh>[0] = {}): Uint8Array {
  const bytes = new Uint8Array(65536);
  bytes.set(serializeHeader(fresh(change)));
  bytes.set(hex(text), 112);
  return bytes;
}

const corrupt = expect.objectContaining({ code: 'corrupt' });

describe('header cluster', () => {
  it('lays out what QEMU lays out for -b base.raw -F raw: the name is at 0x210', () => {
    const extensions: HeaderExtension[] = [
      { kind: 'backing-format', format: 'raw' },
      { kind: 'feature-names', names: KNOWN_FEATURES },
    ];
    const bytes = serializeHeaderCluster(cluster({}, extensions, 'base.raw'));
    expect(bytes).toHaveLength(65536);
    const parsed = parseHeaderCluster(bytes);
    expect(parsed.header).toEqual(fresh({ backingFileOffset: 0x210, backingFileSize: 8 }));
    expect(parsed).toMatchObject({ extensions, backingFile: 'base.raw' });
    expect(extensionOf(parsed, 'backing-format')?.format).toBe('raw');
    expect(extensionOf(parsed, 'luks')).toBeUndefined();
    expect(bytes.subarray(112, 128)).toEqual(hex('e2792aca 00000003 7261770000000000'));
    // 392 bytes of feature names: 8 records of 48.
    expect(bytes.subarray(128, 138)).toEqual(hex('6803f857 00000180 0000'));
  });

  it('reads extensions at 72 in version 2, and a name right behind the header', () => {
    const v2 = serializeHeaderCluster({
      header: freshV2(),
      extensions: [{ kind: 'backing-format', format: 'qcow2' }],
      backingFile: 'a',
    });
    expect(parseHeaderCluster(v2)).toMatchObject({ backingFile: 'a', header: { version: 2 } });
    const old = serializeHeader(freshV2({ backingFileOffset: 72, backingFileSize: 4 }));
    const bytes = new Uint8Array(65536);
    bytes.set(old);
    bytes.set(new TextEncoder().encode('base'), 72);
    expect(parseHeaderCluster(bytes)).toMatchObject({ backingFile: 'base', extensions: [] });
  });

  it('keeps unknown extensions verbatim, ignores padding and what follows the end marker', () => {
    const bytes = withExtensions(
      '12345678 00000003 aabbcc dddddddddd 00000000 00000000 e2792aca ffffffff',
    );
    const parsed = parseHeaderCluster(bytes);
    expect(parsed.extensions).toEqual([{ kind: 'unknown', type: 0x12345678, data: hex('aabbcc') }]);
    expect(parseHeaderCluster(serializeHeaderCluster(parsed))).toEqual(parsed);
  });

  it('keeps a feature name table that is not well formed as it is', () => {
    const parsed = parseHeaderCluster(withExtensions(`6803f857 00000004 00056161 00000000`));
    expect(parsed.extensions).toEqual([
      { kind: 'unknown', type: 0x6803f857, data: hex('00056161') },
    ]);
  });

  it('reads a file that ends in its first cluster, and wants no less', () => {
    const bytes = withExtensions('12345678 00000003 aabbcc').subarray(0, 123);
    const rules = { fileSize: 123, repair: true };
    expect(parseHeaderCluster(bytes, rules).extensions).toHaveLength(1);
    expect(() => parseHeaderCluster(bytes)).toThrow(RangeError);
    expect(headerClusterBytes(bytes)).toBe(65536);
    expect(headerClusterBytes(bytes.subarray(0, 23))).toBe(72);
    expect(headerClusterBytes(new Uint8Array(24).fill(0xff))).toBe(72);
  });

  it('parses the bitmaps extension of a QEMU image', () => {
    const bitmaps = { kind: 'bitmaps', count: 1, directorySize: 32, directoryOffset: 0x60000 };
    const bytes = withExtensions(
      '23852875 00000018 00000001 00000000 0000000000000020 0000000000060000',
      { autoclearFeatures: AUTOCLEAR_BITMAPS },
    );
    expect(parseHeaderCluster(bytes).extensions).toEqual([bitmaps]);
  });

  it('parses the LUKS extension of a QEMU image', () => {
    const bytes = withExtensions('0537be77 00000010 0000000000040000 00000000001f9000', {
      cryptMethod: 2,
    });
    expect(extensionOf(parseHeaderCluster(bytes), 'luks')).toEqual({
      kind: 'luks',
      offset: 0x40000,
      length: 0x1f9000,
    });
  });

  it('does not mind stale bitmaps when their feature bit is clear', () => {
    const stale = '23852875 00000018 00000000 00000000 0000000000000020 0000000000060001';
    expect(parseHeaderCluster(withExtensions(stale)).extensions).toHaveLength(1);
    const bit = { autoclearFeatures: AUTOCLEAR_BITMAPS };
    expect(() => parseHeaderCluster(withExtensions(stale, bit))).toThrow(corrupt);
    // The bit without the extension: no bitmaps. QEMU opens such images.
    expect(parseHeaderCluster(withExtensions('', bit)).extensions).toEqual([]);
  });

  const bitmapBit = { autoclearFeatures: AUTOCLEAR_BITMAPS };
  it.each([
    ['one that leaves the cluster', '12345678 0000ff89', {}],
    ['a length of 2^32-1', '12345678 ffffffff', {}],
    ['a duplicate', '12345678 00000000 12345678 00000000', {}],
    ['bitmaps of 23 bytes', '23852875 00000017', {}],
    ['bitmaps of 32 bytes', '23852875 00000020', {}],
    [
      'a bitmap directory too small',
      '23852875 00000018 00000002 00000000 0000000000000020 0000000000060000',
      bitmapBit,
    ],
    [
      'a bitmap directory over the header',
      '23852875 00000018 00000001 00000000 0000000000000020 0000000000000000',
      bitmapBit,
    ],
    [
      'a bitmap directory at 2^63',
      '23852875 00000018 00000001 00000000 0000000000000020 8000000000000000',
      bitmapBit,
    ],
    ['LUKS of 8 bytes', '0537be77 00000008', { cryptMethod: 2 }],
    ['LUKS encryption without it', '', { cryptMethod: 2 }],
    ['it without LUKS encryption', '0537be77 00000010 0000000000040000 00000000001f9000', {}],
    [
      'an unaligned LUKS header',
      '0537be77 00000010 0000000000040200 00000000001f9000',
      { cryptMethod: 2 },
    ],
    [
      'a LUKS header over the header',
      '0537be77 00000010 0000000000000000 00000000001f9000',
      { cryptMethod: 2 },
    ],
    ['a data file without the feature', '44415441 00000001 61', {}],
    ['a data file name with NUL', '44415441 00000003 610062', { incompatibleFeatures: 4n }],
    ['a backing format that is no text', 'e2792aca 00000002 c328', {}],
  ] as const)('refuses extensions: %s', (_what, text, change) => {
    expect(() => parseHeaderCluster(withExtensions(text, change))).toThrow(corrupt);
  });

  it('refuses what is above a limit, naming the limit', () => {
    const limit = (subject: string): unknown => expect.objectContaining({ code: 'limit', subject });
    const bytes =
      (text: string, change = {}): (() => void) =>
      () =>
        void parseHeaderCluster(withExtensions(text, change));
    expect(bytes('e2792aca 00000010 61616161616161616161616161616161')).toThrow(
      limit('backingFormatBytes'),
    );
    expect(bytes('44415441 00001000', { incompatibleFeatures: 4n })).toThrow(
      limit('dataFileNameBytes'),
    );
    expect(
      bytes('0537be77 00000010 0000000000040000 0000000010000000', { cryptMethod: 2 }),
    ).toThrow(limit('luksHeaderBytes'));
    expect(
      bytes('23852875 00000018 00010000 00000000 0000000000200000 0000000000060000', bitmapBit),
    ).toThrow(limit('bitmaps'));
    expect(
      bytes('23852875 00000018 00000001 00000000 0000000004000000 0000000000060000', bitmapBit),
    ).toThrow(limit('bitmapDirectoryBytes'));
    expect(() => serializeHeaderCluster(cluster({}, [], 'x'.repeat(1024)))).toThrow(
      limit('backingNameBytes'),
    );
  });

  it('ends the extensions at the backing file name', () => {
    const bytes = withExtensions('12345678 00000001 61', {
      backingFileOffset: 120,
      backingFileSize: 1,
    });
    expect(() => parseHeaderCluster(bytes)).toThrow(corrupt);
  });

  it('refuses a backing file name that is no text', () => {
    const change = { backingFileOffset: 112, backingFileSize: 2 };
    expect(() => parseHeaderCluster(withExtensions('6100', change))).toThrow(corrupt);
    expect(() => parseHeaderCluster(withExtensions('c328', change))).toThrow(corrupt);
  });

  it('says no-space when it does not fit', () => {
    const small = { clusterBits: 9, l1Size: 32768 };
    const data = new Uint8Array(512 - 112 - 8 - 8);
    const unknown = { kind: 'unknown' as const, type: 1, data };
    expect(serializeHeaderCluster(cluster(small, [unknown]))).toHaveLength(512);
    expect(() => serializeHeaderCluster(cluster(small, [unknown], 'x'))).toThrow(
      expect.objectContaining({ code: 'no-space' }),
    );
  });

  it('does not write an extension twice', () => {
    const raw: HeaderExtension = { kind: 'backing-format', format: 'raw' };
    expect(() => serializeHeaderCluster(cluster({}, [raw, raw]))).toThrow(RangeError);
  });

  it('parse and serialize are inverse', () => {
    const text = (max: number): fc.Arbitrary<string> =>
      fc
        .string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
        .filter((s) => !s.includes('\0') && new TextEncoder().encode(s).length <= max);
    const extension = fc.oneof<fc.Arbitrary<HeaderExtension>[]>(
      fc.record({ kind: fc.constant('backing-format' as const), format: text(15) }),
      fc.record({ kind: fc.constant('data-file' as const), name: text(200) }),
      fc.record({
        kind: fc.constant('bitmaps' as const),
        count: fc.constant(1),
        directorySize: fc.integer({ min: 32, max: 2 ** 20 }),
        directoryOffset: fc.integer({ min: 1, max: 1000 }).map((n) => n * 65536),
      }),
      fc.record({
        kind: fc.constant('feature-names' as const),
        names: fc.array(
          fc.record({
            set: fc.constantFrom(
              'incompatible' as const,
              'compatible' as const,
              'autoclear' as const,
            ),
            bit: fc.nat(63),
            name: text(46),
          }),
          { maxLength: 12 },
        ),
      }),
      fc.record({
        kind: fc.constant('unknown' as const),
        type: fc.integer({ min: 1, max: 0xffff }),
        data: fc.uint8Array({ maxLength: 50 }),
      }),
    );
    const extensions = fc.uniqueArray(extension, {
      maxLength: 6,
      selector: (e) => (e.kind === 'unknown' ? e.type : e.kind),
    });
    fc.assert(
      fc.property(extensions, fc.option(text(300), { nil: undefined }), (list, backingFile) => {
        const header = fresh({
          incompatibleFeatures: INCOMPATIBLE_DATA_FILE,
          autoclearFeatures: AUTOCLEAR_BITMAPS,
        });
        const bytes = serializeHeaderCluster({ header, extensions: list, backingFile });
        const parsed = parseHeaderCluster(bytes);
        expect(parsed).toMatchObject({ extensions: list, backingFile });
        expect(Buffer.compare(serializeHeaderCluster(parsed), bytes)).toBe(0);
      }),
    );
  });
});
