import { ImageError, MemoryDevice, Prng } from '@q/block';
import { beforeAll, describe, expect, it } from 'vitest';
import { extensionOf } from '@q/format';
import {
  check,
  create,
  open,
  readHeader,
  readLuksHeader,
  type Qcow2OpenOptions,
} from '../../src/index.ts';
import { effort } from '../support/effort.ts';
import { ENCRYPTED_SHAPES } from '../support/encrypted-shapes.ts';
import { gates, make, PASSPHRASE } from '../support/shapes.ts';

const SIZE = 2 ** 20;
const unlocked: Qcow2OpenOptions = { passphrase: () => PASSPHRASE };

/** An encrypted image with a byte in it; tests take copies. */
let original: Uint8Array;
/** Where its LUKS header is. */
let luksOffset = 0;

beforeAll(async () => {
  const file = new MemoryDevice();
  const encryption = { passphrase: PASSPHRASE, iterations: 1000 };
  const disk = await create(file, { size: SIZE, encryption });
  await disk.write(Uint8Array.of(1, 2, 3), 1000);
  await disk.close();
  luksOffset = extensionOf(await readHeader(file), 'luks')!.offset;
  original = new Uint8Array(file.size);
  await file.read(original, 0);
});

async function copyOf(bytes: Uint8Array = original): Promise<MemoryDevice> {
  const file = new MemoryDevice();
  await file.write(bytes, 0);
  return file;
}

/** The code and subject of what opening throws. */
async function refusalOf(file: MemoryDevice, options: Qcow2OpenOptions): Promise<string> {
  try {
    await open(file, options);
  } catch (error) {
    if (error instanceof ImageError) return `${error.code} ${error.subject ?? ''}`.trim();
    throw error;
  }
  return 'none';
}

describe('an encrypted image', () => {
  it('is opened by its passphrase, as text or as bytes, at once or later', async () => {
    const bytes = new TextEncoder().encode(PASSPHRASE);
    for (const given of [PASSPHRASE, bytes, Promise.resolve(bytes)]) {
      const asked: string[] = [];
      const disk = await open(await copyOf(), {
        passphrase: ({ method }) => {
          asked.push(method);
          return given;
        },
      });
      const found = new Uint8Array(3);
      await disk.read(found, 1000);
      expect([...found]).toEqual([1, 2, 3]);
      expect(asked).toEqual(['luks']);
      await disk.close();
    }
  });

  it('is refused without a passphrase, and with a wrong one', async () => {
    expect(await refusalOf(await copyOf(), {})).toBe('refused passphrase');
    for (const wrong of ['', 'open sesam', `${PASSPHRASE} `]) {
      expect(await refusalOf(await copyOf(), { passphrase: () => wrong })).toBe(
        'refused passphrase',
      );
    }
    const aes = await make(
      ENCRYPTED_SHAPES.find(({ legacyAes }) => legacyAes === true)!,
      1,
    );
    const { passphrase: _, ...rest } = gates(aes);
    expect(await refusalOf(aes.file, rest)).toBe('refused passphrase');
  });

  it('shows its headers and is checked without one', async () => {
    const file = await copyOf();
    const cluster = await readHeader(file);
    expect(cluster.header.cryptMethod).toBe(2);
    const header = await readLuksHeader(file, extensionOf(cluster, 'luks')!);
    expect(header.cipherMode).toBe('xts-plain64');
    expect((await check(file)).findings).toEqual([]);
  });

  it('has neither the bytes of the guest nor those of the passphrase in its file', async () => {
    const file = new MemoryDevice();
    const encryption = { passphrase: PASSPHRASE, iterations: 1000 };
    const disk = await create(file, { size: SIZE, encryption });
    const text = new TextEncoder().encode('nobody is to read this. '.repeat(100));
    const before = text.slice();
    await disk.write(text, 70_001);
    await disk.close();
    expect(text).toEqual(before);
    const bytes = Buffer.alloc(file.size);
    await file.read(bytes, 0);
    expect(bytes.includes('nobody is to')).toBe(false);
    expect(bytes.includes(PASSPHRASE)).toBe(false);
  });

  it('says that data is there, and not where', async () => {
    const disk = await open(await copyOf(), unlocked);
    for await (const extent of disk.extents(0, 65_536)) {
      expect(extent).toEqual({ offset: 0, length: 65_536, kind: 'data', depth: 0 });
    }
    await disk.close();
  });

  it('takes no compressed writes', async () => {
    const disk = await open(await copyOf(), unlocked);
    await expect(disk.writeCompressed(new Uint8Array(65_536), 0)).rejects.toMatchObject({
      code: 'unsupported',
    });
    await disk.close();
  });

  it('grows: what was behind the end reads as zeroes', async () => {
    const disk = await open(await copyOf(), unlocked);
    await disk.write(new Uint8Array(512).fill(5), SIZE - 512);
    await disk.resize(SIZE - 30 * 512, { shrink: true });
    await disk.resize(SIZE + 65_536);
    const found = new Uint8Array(30 * 512 + 65_536);
    await disk.read(found, SIZE - 30 * 512);
    expect(found.every((byte) => byte === 0)).toBe(true);
    await disk.close();
  });
});

describe('a damaged LUKS header', () => {
  const patched = async (at: number, ...bytes: number[]): Promise<MemoryDevice> => {
    const file = await copyOf();
    await file.write(Uint8Array.from(bytes), luksOffset + at);
    return file;
  };
  const text = (name: string): number[] => [...new TextEncoder().encode(name), 0];

  it.each([
    ['of another cipher', 8, text('serpent'), 'unsupported cipher'],
    ['of another mode', 40, text('ctr-plain64'), 'unsupported cipher'],
    ['of another IV', 40, text('cbc-essiv:sha1'), 'unsupported cipher'],
    ['of another hash', 72, text('whirlpool'), 'unsupported hash-spec'],
    ['with a hash that is none', 72, text('constructor'), 'unsupported hash-spec'],
    ['with a key that AES has not', 111, [48], 'unsupported key-bytes'],
    ['with a damaged digest', 112, [0, 0, 0, 0, 0], 'refused passphrase'],
    ['with damaged key material', 4096, [0, 1, 2, 3, 4], 'refused passphrase'],
    ['with all slots disabled', 208, [0, 0, 0xde, 0xad], 'refused passphrase'],
    ['that takes an hour to open', 212, [0xff], 'limit luksIterations'],
    ['that is none', 0, [0], 'corrupt LUKS header'],
  ])('%s', async (_, at, bytes, expected) => {
    expect(await refusalOf(await patched(at, ...bytes), unlocked)).toBe(expected);
  });

  it('asks for no passphrase that could not be used', async () => {
    const passphrase = (): never => {
      throw new Error('asked');
    };
    const file = await patched(8, ...text('twofish'));
    expect(await refusalOf(file, { passphrase })).toBe('unsupported cipher');
  });

  it('in a file that ends in it', async () => {
    const cut = (bytes: number): Promise<MemoryDevice> =>
      copyOf(original.slice(0, luksOffset + bytes));
    expect(await refusalOf(await cut(10), unlocked)).toBe('corrupt key slot');
    expect(await refusalOf(await cut(592), unlocked)).toBe('corrupt LUKS key material');
    expect(await refusalOf(await cut(4096 + 255_999), unlocked)).toBe('corrupt LUKS key material');
  });

  it('opens or is refused, whatever its bytes', async () => {
    const random = new Prng(7);
    for (let i = 0; i < effort(60, 3000); i++) {
      const file = await copyOf(original);
      for (let k = 0; k <= random.below(4); k++) {
        await file.write(Uint8Array.of(random.below(256)), luksOffset + random.below(592));
      }
      const limits = { luksIterations: 5000 };
      expect(await refusalOf(file, { ...unlocked, limits, readOnly: true })).toMatch(
        /^(none|refused|corrupt|unsupported|limit)/,
      );
    }
  });
});

describe('creating an encrypted image', () => {
  const made = (encryption: object, options: object = {}): Promise<unknown> =>
    create(new MemoryDevice(), {
      size: SIZE,
      ...options,
      encryption: { passphrase: 'p', iterations: 1000, ...encryption },
    });

  it('refuses what there is not', async () => {
    await expect(made({ keyBits: 192 })).rejects.toThrow(RangeError);
    await expect(made({ iterations: 999 })).rejects.toThrow(RangeError);
    await expect(made({ iterations: 2 ** 31 })).rejects.toMatchObject({ code: 'limit' });
    await expect(made({}, { dataFile: { name: 'd', raw: true } })).rejects.toThrow(RangeError);
    await expect(made({ hash: 'md5' })).rejects.toMatchObject({ code: 'unsupported' });
  });

  it('measures how long a passphrase takes', async () => {
    const file = new MemoryDevice();
    const encryption = { passphrase: 'p', unlockMilliseconds: 20 };
    await (await create(file, { size: SIZE, encryption })).close();
    const luks = extensionOf(await readHeader(file), 'luks')!;
    const { slots, digestIterations } = await readLuksHeader(file, luks);
    expect(slots[0]!.iterations).toBeGreaterThanOrEqual(1000);
    expect(digestIterations).toBeGreaterThanOrEqual(1000);
    const disk = await open(file, { passphrase: () => 'p' });
    await disk.close();
  });

  it('never makes the same key twice', async () => {
    const bytes = await Promise.all(
      [1, 2].map(async () => {
        const file = new MemoryDevice();
        const encryption = { passphrase: PASSPHRASE, iterations: 1000 };
        const disk = await create(file, { size: SIZE, encryption });
        await disk.write(new Uint8Array(65_536), 0);
        await disk.close();
        const all = new Uint8Array(file.size);
        await file.read(all, 0);
        return Buffer.from(all.subarray(-65_536)).toString('hex');
      }),
    );
    expect(bytes[0]).not.toBe(bytes[1]);
  });
});
