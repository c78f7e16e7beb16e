import { ImageError } from '@q/block';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  LUKS_HEADER_BYTES,
  LUKS_SLOTS,
  LUKS_STRIPES,
  luksAreaBytes,
  luksSlotOffset,
  parseLuksHeader,
  serializeLuksHeader,
  type LuksHeader,
  type LuksKeySlot,
} from '../src/luks.ts';

const areaBytes = luksAreaBytes(64);

function slot(index: number, change: Partial<LuksKeySlot> = {}): LuksKeySlot {
  return {
    active: index === 0,
    iterations: index === 0 ? 44161 : 0,
    salt: new Uint8Array(32).fill(index),
    materialOffset: luksSlotOffset(64, index),
    stripes: LUKS_STRIPES,
    ...change,
  };
}

function header(change: Partial<LuksHeader> = {}): LuksHeader {
  return {
    cipherName: 'aes',
    cipherMode: 'xts-plain64',
    hashSpec: 'sha256',
    payloadOffset: areaBytes / 512,
    keyBytes: 64,
    digest: new Uint8Array(20).fill(1),
    digestSalt: new Uint8Array(32).fill(2),
    digestIterations: 10955,
    uuid: 'e3dffe2d-4570-42ef-be9a-2b66f3659044',
    slots: Array.from({ length: LUKS_SLOTS }, (_, i) => slot(i)),
    ...change,
  };
}

function withSlot(index: number, change: Partial<LuksKeySlot>): LuksHeader {
  return header({ slots: header().slots.map((old, i) => (i === index ? slot(i, change) : old)) });
}

const bytes = serializeLuksHeader(header(), { areaBytes });

/** The code and the subject that parsing throws. */
function refusalOf(parse: () => unknown): string {
  try {
    parse();
  } catch (error) {
    if (error instanceof ImageError) return `${error.code} ${error.subject ?? ''}`.trim();
    throw error;
  }
  return 'none';
}

function patched(at: number, ...values: number[]): Uint8Array {
  const copy = bytes.slice();
  copy.set(values, at);
  return copy;
}

describe('the LUKS header', () => {
  it('is read as it was written', () => {
    expect(bytes.length).toBe(LUKS_HEADER_BYTES);
    expect(LUKS_HEADER_BYTES).toBe(592);
    expect(parseLuksHeader(bytes, { areaBytes })).toEqual(header());
  });

  it('has its fields where figure 1 of the specification puts them', () => {
    const view = new DataView(bytes.buffer);
    expect(new TextDecoder().decode(bytes.subarray(0, 4))).toBe('LUKS');
    expect(view.getUint32(104)).toBe(4040);
    expect(view.getUint32(108)).toBe(64);
    expect([bytes[112], bytes[132]]).toEqual([1, 2]);
    expect(view.getUint32(164)).toBe(10955);
    expect(view.getUint32(208)).toBe(0x00ac71f3);
    expect(view.getUint32(208 + 48)).toBe(0x0000dead);
    expect(view.getUint32(208 + 40)).toBe(8);
    expect(view.getUint32(208 + 48 + 40)).toBe(512);
  });

  it('needs the room that QEMU and cryptsetup give it', () => {
    expect(areaBytes).toBe(0x1f9000);
    expect(luksAreaBytes(32)).toBe(4096 + 8 * 128 * 1024);
    expect(luksSlotOffset(24, 1) % 8).toBe(0);
  });
});

describe('a LUKS header is refused', () => {
  const cases: readonly (readonly [string, () => unknown, string])[] = [
    ['that does not begin as one', () => parse(patched(0, 0)), 'corrupt LUKS header'],
    ['of version 2', () => parse(patched(7, 2)), 'unsupported LUKS version'],
    [
      'with a name that does not end',
      () => parse(patched(8, ...Array<number>(32).fill(97))),
      'corrupt cipher-name',
    ],
    ['with a name that is no text', () => parse(patched(40, 27)), 'corrupt cipher-mode'],
    ['with a key of no bytes', () => parse(patched(111, 0)), 'corrupt key-bytes'],
    ['with a key of 4 GiB', () => parse(patched(108, 255)), 'corrupt key-bytes'],
    ['with a slot in no state', () => parse(patched(208, 1)), 'corrupt key slot'],
    ['with a digest of 0 iterations', () => parse(patched(164, 0, 0, 0, 0)), 'corrupt'],
    [
      'with a digest of 4 billion iterations',
      () => parse(patched(164, 255)),
      'limit luksIterations',
    ],
    ['with a slot of 4 billion iterations', () => parse(patched(212, 255)), 'limit luksIterations'],
    ['with other stripes', () => parse(patched(208 + 46, 0xff)), 'corrupt stripes'],
    [
      'with key material over the header',
      () => parse(patched(248, 0, 0, 0, 1)),
      'corrupt key-material-offset',
    ],
    [
      'with key material past the area',
      () => parse(patched(248, 255)),
      'corrupt key-material-offset',
    ],
    [
      'with key material twice',
      () => parse(patched(248, 0, 0, 2, 0)),
      'corrupt key-material-offset',
    ],
    [
      'in an area that ends in a slot',
      () => parseLuksHeader(bytes, { areaBytes: areaBytes - 4097 }),
      'corrupt key-material-offset',
    ],
    ['that is cut', () => parse(bytes.subarray(0, 591)), 'corrupt LUKS header'],
  ];
  const parse = (from: Uint8Array): unknown => parseLuksHeader(from, { areaBytes });

  it.each(cases)('%s', (_, parseIt, expected) => {
    expect(refusalOf(parseIt)).toBe(expected);
  });

  it('and is not written either', () => {
    const write = (from: LuksHeader) => () => serializeLuksHeader(from, { areaBytes });
    expect(refusalOf(write(withSlot(3, { stripes: 1 })))).toBe('corrupt stripes');
    expect(write(header({ cipherName: 'a'.repeat(32) }))).toThrow(RangeError);
    expect(write(header({ hashSpec: 'sha\n' }))).toThrow(RangeError);
    expect(write(withSlot(1, { salt: new Uint8Array(31) }))).toThrow(RangeError);
    expect(write(header({ digest: new Uint8Array(19) }))).toThrow(RangeError);
  });
});

describe('iteration counts', () => {
  it('are accepted up to a limit that can be raised, and do not matter in disabled slots', () => {
    const many = patched(212, 0x10);
    expect(refusalOf(() => parseLuksHeader(many, { areaBytes }))).toBe('limit luksIterations');
    const limits = { luksIterations: 2 ** 29 };
    expect(parseLuksHeader(many, { areaBytes, limits }).slots[0]!.iterations).toBe(0x1000ac81);
    expect(refusalOf(() => parseLuksHeader(patched(260, 255), { areaBytes }))).toBe('none');
  });
});

describe('damaged headers', () => {
  it('give an ImageError or a header, whatever the bytes', () => {
    const edit = fc.record({ at: fc.nat(591), value: fc.nat(255) });
    fc.assert(
      fc.property(fc.array(edit, { maxLength: 6 }), fc.nat(592), (edits, length) => {
        const damaged = bytes.slice();
        for (const { at, value } of edits) damaged[at] = value;
        for (const some of [damaged, damaged.subarray(0, length)]) {
          expect(refusalOf(() => parseLuksHeader(some, { areaBytes }))).toMatch(
            /^(none|corrupt|unsupported|limit)/,
          );
        }
      }),
      { numRuns: 2000 },
    );
  });
});
