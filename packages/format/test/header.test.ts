import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isImageError, type ImageErrorCode } from '@q/block';
import {
  INCOMPATIBLE_COMPRESSION,
  INCOMPATIBLE_EXTENDED_L2,
  isQcow2,
  parseHeader,
  serializeFeatureNameTable,
  serializeHeader,
  type Header,
  type HeaderRules,
} from '../src/index.ts';
import { FRESH, fresh, freshV2, hex } from './headers.ts';

/** Bytes of {@link FRESH} with big-endian integers patched in: [offset, bytes, value]. */
function patched(...patches: [at: number, width: 1 | 4 | 8, value: bigint | number][]): Uint8Array {
  const bytes = new Uint8Array(65536);
  bytes.set(serializeHeader(FRESH));
  const view = new DataView(bytes.buffer);
  for (const [at, width, value] of patches) {
    if (width === 1) view.setUint8(at, Number(value));
    else if (width === 4) view.setUint32(at, Number(value));
    else view.setBigUint64(at, BigInt(value));
  }
  return bytes;
}

function refusal(
  bytes: Uint8Array,
  rules?: HeaderRules,
): { code: ImageErrorCode; offset?: number } {
  try {
    parseHeader(bytes, rules);
  } catch (error) {
    if (!isImageError(error)) throw error;
    expect(error.message).toMatch(/\.$/);
    return error.offset === undefined
      ? { code: error.code }
      : { code: error.code, offset: error.offset };
  }
  throw new Error('the header was accepted');
}

describe('header', () => {
  it('parses the bytes qemu-img writes for a new 1 GiB image', () => {
    const bytes = hex(`514649fb 00000003 0000000000000000 00000000 00000010 0000000040000000
      00000000 00000002 0000000000030000 0000000000010000 00000001 00000000 0000000000000000
      0000000000000000 0000000000000000 0000000000000000 00000004 00000070 00 00000000000000`);
    expect(parseHeader(bytes)).toEqual(FRESH);
    expect(serializeHeader(FRESH)).toEqual(bytes);
  });

  it('has no version 3 fields in version 2', () => {
    const bytes = serializeHeader(freshV2());
    expect(bytes).toHaveLength(72);
    const header = parseHeader(bytes);
    expect(header).toEqual(freshV2());
    expect(header).not.toHaveProperty('refcountOrder');
    expect(header).not.toHaveProperty('incompatibleFeatures');
  });

  it('has compression type 0 and no unknown fields when header_length is 104', () => {
    const header = parseHeader(patched([100, 4, 104], [104, 1, 1]));
    expect(header).toMatchObject({ headerLength: 104, compressionType: 0 });
    expect(serializeHeader(header)).toHaveLength(104);
  });

  it('ignores a backing name length without offset, and a snapshot offset without snapshots', () => {
    const header = parseHeader(patched([16, 4, 0xffffffff], [64, 8, 2n ** 64n - 1n]));
    expect(header).toEqual(FRESH);
  });

  it('tells QCOW2 from other files', () => {
    expect(isQcow2(serializeHeader(FRESH))).toBe(true);
    expect(isQcow2(hex('514649fb 00000001'))).toBe(false);
    expect(isQcow2(hex('514649fb 000000'))).toBe(false);
    expect(isQcow2(hex('7f454c46 00000002'))).toBe(false);
  });

  const refused: [what: string, bytes: Uint8Array, code: ImageErrorCode, offset: number][] = [
    ['another magic', patched([0, 4, 0x514649fa]), 'not-this-format', 0],
    ['version 1', patched([4, 4, 1]), 'not-this-format', 4],
    ['version 4', patched([4, 4, 4]), 'unsupported', 4],
    ['a file that ends in the header', patched().subarray(0, 71), 'corrupt', 64],
    ['a file that ends in the version 3 part', patched().subarray(0, 103), 'corrupt', 100],
    ['a file that ends in the unknown fields', patched().subarray(0, 111), 'corrupt', 105],
    ['a backing name beyond the cluster', patched([8, 8, 65537]), 'corrupt', 8],
    ['a backing name in the header', patched([8, 8, 104], [16, 4, 1]), 'corrupt', 8],
    ['a backing name far away', patched([8, 8, 2n ** 63n]), 'corrupt', 8],
    ['a backing name of 1024 bytes', patched([8, 8, 112], [16, 4, 1024]), 'limit', 16],
    ['a backing name that leaves the cluster', patched([8, 8, 65530], [16, 4, 7]), 'corrupt', 16],
    ['clusters of 256 bytes', patched([20, 4, 8]), 'corrupt', 20],
    ['clusters of 4 MiB', patched([20, 4, 22]), 'corrupt', 20],
    ['clusters of 2^(2^32-1)', patched([20, 4, 0xffffffff]), 'corrupt', 20],
    ['a size of 2^64-1', patched([24, 8, 2n ** 64n - 1n]), 'limit', 24],
    ['crypt method 3', patched([32, 4, 3]), 'unsupported', 32],
    ['an L1 table above 32 MiB', patched([36, 4, 4194305]), 'limit', 36],
    ['an L1 table of 2^32-1 entries', patched([36, 4, 0xffffffff]), 'limit', 36],
    ['an L1 table that does not cover the disk', patched([36, 4, 1]), 'corrupt', 36],
    ['an unaligned L1 table', patched([40, 8, 0x30200]), 'corrupt', 40],
    ['an L1 table over the header', patched([40, 8, 0]), 'corrupt', 40],
    ['an L1 table that wraps around', patched([40, 8, 2n ** 64n - 65536n]), 'corrupt', 40],
    ['an L1 table that ends above 2^53', patched([40, 8, 2n ** 53n]), 'corrupt', 40],
    ['an unaligned refcount table', patched([48, 8, 0x10008]), 'corrupt', 48],
    ['a refcount table over the header', patched([48, 8, 0]), 'corrupt', 48],
    ['a refcount table above 8 MiB', patched([56, 4, 129]), 'limit', 56],
    ['no refcount table', patched([56, 4, 0]), 'corrupt', 56],
    ['65537 snapshots', patched([60, 4, 65537], [64, 8, 65536]), 'limit', 60],
    ['an unaligned snapshot table', patched([60, 4, 1], [64, 8, 65537]), 'corrupt', 64],
    ['a snapshot table over the header', patched([60, 4, 1]), 'corrupt', 64],
    ['an unknown incompatible bit', patched([72, 8, 32]), 'unsupported', 72],
    ['incompatible bit 63', patched([72, 8, 2n ** 63n]), 'unsupported', 72],
    ['a raw data file without data file', patched([88, 8, 2]), 'corrupt', 88],
    ['refcount order 7', patched([96, 4, 7]), 'corrupt', 96],
    ['a short header_length', patched([100, 4, 96]), 'corrupt', 100],
    ['header_length 105', patched([100, 4, 105]), 'corrupt', 100],
    ['a header_length above the cluster', patched([100, 4, 65544]), 'corrupt', 100],
    ['a header_length of 2^32-8', patched([100, 4, 0xfffffff8]), 'corrupt', 100],
    ['compression type 2', patched([72, 8, 8], [104, 1, 2]), 'unsupported', 104],
    ['zstd without its feature bit', patched([104, 1, 1]), 'corrupt', 104],
    ['the compression bit with deflate', patched([72, 8, 8]), 'corrupt', 104],
    [
      'extended L2 with small clusters',
      patched([72, 8, 16], [20, 4, 13], [36, 4, 999]),
      'corrupt',
      20,
    ],
  ];
  it.each(refused)('refuses %s', (_what, bytes, code, offset) => {
    expect(refusal(bytes)).toEqual({ code, offset });
  });

  it('refuses a raw data file together with a backing file', () => {
    expect(refusal(patched([72, 8, 4], [88, 8, 2], [8, 8, 112], [16, 4, 1]))).toEqual({
      code: 'corrupt',
      offset: 88,
    });
  });

  it('names an unknown feature as the image does', () => {
    const bytes = patched([72, 8, 32 + 64]);
    const names = serializeFeatureNameTable([
      { set: 'compatible', bit: 5, name: 'not this' },
      { set: 'incompatible', bit: 5, name: 'time travel\u001b' },
    ]);
    const view = new DataView(bytes.buffer);
    view.setUint32(112, 0x6803f857);
    view.setUint32(116, names.length);
    bytes.set(names, 120);
    expect(() => parseHeader(bytes)).toThrow(/"time travel\\u001b", bit 6/);
  });

  it('accepts every edge: the largest tables, all refcount widths, 2 MiB clusters', () => {
    for (let order = 0; order <= 6; order++) {
      expect(parseHeader(patched([96, 4, order]))).toMatchObject({ refcountOrder: order });
    }
    parseHeader(patched([36, 4, 4194304]));
    parseHeader(patched([56, 4, 128]));
    parseHeader(patched([8, 8, 65536]));
    parseHeader(patched([20, 4, 21], [40, 8, 0], [36, 4, 0], [24, 8, 0], [48, 8, 2 ** 21]));
    parseHeader(patched([72, 8, 0b10111], [36, 4, 4]));
    parseHeader(patched([72, 8, INCOMPATIBLE_COMPRESSION], [104, 1, 1]));
  });

  it('wants the L1 table to cover the disk, twice as large with extended L2 entries', () => {
    const span = 2 ** 29;
    parseHeader(serializeHeader(fresh({ size: 2 * span })));
    expect(refusal(patched([24, 8, 2 * span + 1])).offset).toBe(36);
    expect(refusal(patched([72, 8, INCOMPATIBLE_EXTENDED_L2])).offset).toBe(36);
    parseHeader(patched([72, 8, INCOMPATIBLE_EXTENDED_L2], [36, 4, 4]));
  });

  it('refuses tables that the file does not hold, when it knows the file size', () => {
    // A file may end inside its last cluster.
    parseHeader(serializeHeader(FRESH), { fileSize: 0x30010 });
    expect(refusal(serializeHeader(FRESH), { fileSize: 0x30000 })).toEqual({
      code: 'corrupt',
      offset: 40,
    });
    expect(refusal(serializeHeader(FRESH), { fileSize: 0x10000 }).code).toBe('corrupt');
    const many = patched([60, 4, 65536], [64, 8, 0x40000]);
    parseHeader(many);
    expect(refusal(many, { fileSize: 0x50000 })).toEqual({ code: 'corrupt', offset: 64 });
  });

  it('accepts damage for a repair', () => {
    const rules = { repair: true, fileSize: 0x10000 };
    expect(parseHeader(patched([56, 4, 0], [48, 8, 0]), rules)).toMatchObject({
      refcountTableClusters: 0,
    });
  });

  it('obeys the limits it is given', () => {
    const bytes = serializeHeader(fresh({ size: 2 ** 28 }));
    expect(refusal(bytes, { limits: { virtualSize: 2 ** 28 - 1 } })).toEqual({
      code: 'limit',
      offset: 24,
    });
    expect(refusal(bytes, { limits: { l1Bytes: 8 } }).offset).toBe(36);
    expect(refusal(bytes, { limits: { refcountTableBytes: 65535 } }).offset).toBe(56);
  });

  it('does not write what it would not read', () => {
    expect(() => serializeHeader(fresh({ l1Size: 1 }))).toThrow(/disk needs 2/);
    expect(() => serializeHeader(fresh({ unknownFields: new Uint8Array(8) }))).toThrow(
      /header_length/,
    );
    expect(() => serializeHeader(fresh({ backingFileSize: 1 }))).toThrow(RangeError);
  });

  it('parse and serialize are inverse', () => {
    fc.assert(
      fc.property(validHeader(), (header) => {
        const bytes = serializeHeader(header);
        const parsed = parseHeader(bytes);
        expect(parsed).toEqual(header);
        expect(serializeHeader(parsed)).toEqual(bytes);
      }),
      { numRuns: 500 },
    );
  });
});

/** Any valid header. */
function validHeader(): fc.Arbitrary<Header> {
  return fc
    .record({
      version: fc.constantFrom(2, 3),
      clusterBits: fc.integer({ min: 9, max: 21 }),
      l1Size: fc.integer({ min: 0, max: 4096 }),
      fill: fc.double({ min: 0, max: 1, noNaN: true }),
      places: fc.array(fc.integer({ min: 1, max: 2 ** 31 }), { minLength: 3, maxLength: 3 }),
      snapshots: fc.integer({ min: 0, max: 65536 }),
      name: fc.integer({ min: 0, max: 100 }),
      crypt: fc.constantFrom(0 as const, 1 as const, 2 as const),
      flags: fc.bigInt({ min: 0n, max: 31n }),
      compatible: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
      autoclear: fc.bigInt({ min: 0n, max: 2n ** 62n - 1n }),
      order: fc.integer({ min: 0, max: 6 }),
      extra: fc.integer({ min: 0, max: 16 }),
    })
    .chain((r) =>
      fc
        .uint8Array({
          minLength: Math.max(0, r.extra * 8 - 1),
          maxLength: Math.max(0, r.extra * 8 - 1),
        })
        .map((unknownFields): Header => {
          const clusterSize = 2 ** r.clusterBits;
          let flags = r.version === 2 ? 0n : r.flags;
          if (r.clusterBits < 14) flags &= ~INCOMPATIBLE_EXTENDED_L2;
          if (r.extra === 0) flags &= ~INCOMPATIBLE_COMPRESSION;
          const entrySize = (flags & INCOMPATIBLE_EXTENDED_L2) === 0n ? 8 : 16;
          const headerLength = 104 + 8 * r.extra;
          const [l1 = 1, refcount = 1, snapshots = 1] = r.places;
          const change = {
            clusterBits: r.clusterBits,
            cryptMethod: r.crypt,
            backingFileOffset: r.name === 0 ? 0 : headerLength,
            backingFileSize: r.name,
            l1Size: r.l1Size,
            size: Math.min(
              Number.MAX_SAFE_INTEGER,
              Math.floor(((r.l1Size * clusterSize * clusterSize) / entrySize) * r.fill),
            ),
            l1TableOffset: l1 * clusterSize,
            refcountTableOffset: refcount * clusterSize,
            snapshotCount: r.snapshots,
            snapshotsOffset: r.snapshots === 0 ? 0 : snapshots * clusterSize,
          };
          if (r.version === 2) return freshV2(change);
          return fresh({
            ...change,
            headerLength,
            unknownFields,
            incompatibleFeatures: flags,
            compatibleFeatures: r.compatible,
            autoclearFeatures: r.autoclear & ~2n,
            refcountOrder: r.order,
            compressionType: (flags & INCOMPATIBLE_COMPRESSION) === 0n ? 0 : 1,
          });
        }),
    );
}
