import { ImageError, MemoryDevice } from '@q/block';
import {
  FEATURE_BACKING_FILE,
  FEATURE_NO_PROBE,
  geometryOf,
  isQed,
  parseQedHeader,
  readQedHeader,
  serializeQedHeader,
  type QedHeader,
} from '@q/qed';
import { describe, expect, it } from 'vitest';
import { headerOf } from './support/image.ts';

const FILE = 2 ** 33;

function codeOf(bytes: Uint8Array, fileSize = FILE): string {
  try {
    parseQedHeader(bytes, fileSize);
  } catch (error) {
    if (error instanceof ImageError) return `${error.code} ${error.subject ?? ''}`.trim();
    throw error;
  }
  return 'accepted';
}

const code = (fields: Partial<QedHeader>, fileSize = FILE): string =>
  codeOf(serializeQedHeader(headerOf(fields)), fileSize);

describe('the header', () => {
  it('has the bytes of a fresh image of 1 GiB', () => {
    const words = [0x00444551, 0x10000, 4, 1, 0, 0, 0, 0, 0, 0, 0x10000, 0, 0x40000000, 0, 0, 0];
    const bytes = new Uint8Array(Uint32Array.from(words).buffer);
    const header = parseQedHeader(bytes, 0x50000);
    expect(header).toMatchObject({ clusterSize: 65536, tableClusters: 4, imageSize: 2 ** 30 });
    expect(geometryOf(header)).toMatchObject({ entries: 32768, l2Span: 2 ** 31, maxSize: 2 ** 46 });
    expect(serializeQedHeader(header)).toEqual(bytes);
    expect(isQed(bytes.subarray(0, 4))).toBe(true);
    expect(isQed(bytes.subarray(0, 3))).toBe(false);
  });

  it('reads back what was written, in every field', () => {
    const header = headerOf({
      clusterSize: 2 ** 26,
      tableClusters: 16,
      headerClusters: 3,
      features: 7,
      compatFeatures: 2n ** 63n,
      autoclearFeatures: 5n,
      imageSize: 2 ** 53 - 512,
      backingName: { offset: 64, length: 1023 },
    });
    expect(parseQedHeader(serializeQedHeader(header), 2 ** 40)).toEqual(header);
  });

  it.each([
    [{ clusterSize: 2048 }, 'corrupt cluster_size'],
    [{ clusterSize: 2 ** 27 }, 'corrupt cluster_size'],
    [{ clusterSize: 5000 }, 'corrupt cluster_size'],
    [{ clusterSize: 4096 }, 'accepted'],
    [{ tableClusters: 0 }, 'corrupt table_size'],
    [{ tableClusters: 3 }, 'corrupt table_size'],
    [{ tableClusters: 32 }, 'corrupt table_size'],
    [{ tableClusters: 1 }, 'accepted'],
    [{ tableClusters: 16 }, 'accepted'],
    [{ headerClusters: 0, l1TableOffset: 4096 }, 'corrupt header_size'],
    [{ headerClusters: 0xffffffff, l1TableOffset: 4096 }, 'corrupt header_size'],
    [{ headerClusters: 2 ** 20, l1TableOffset: 4096 }, 'corrupt header_size'],
    [{ imageSize: 1000 }, 'corrupt image_size'],
    [{ imageSize: 2 ** 30 }, 'accepted'],
    [{ imageSize: 2 ** 30 + 512 }, 'corrupt image_size'],
    [{ l1TableOffset: 5000 }, 'corrupt l1_table_offset'],
    [{ l1TableOffset: 0 }, 'corrupt l1_table_offset'],
    [{ l1TableOffset: 4096, headerClusters: 2 }, 'corrupt l1_table_offset'],
    [{ l1TableOffset: FILE }, 'corrupt l1_table_offset'],
    [{ l1TableOffset: FILE - 4096 }, 'accepted'],
    [{ features: 8 }, 'unsupported features'],
    [{ features: 1, backingName: { offset: 10, length: 4 } }, 'corrupt backing_filename_offset'],
    [{ features: 1, backingName: { offset: 4090, length: 7 } }, 'corrupt backing_filename_offset'],
    [
      { features: 1, backingName: { offset: 0xffffffff, length: 0xffffffff } },
      'corrupt backing_filename_offset',
    ],
    [{ features: 1, backingName: { offset: 64, length: 1024 } }, 'corrupt backing_filename_size'],
    [{ features: 1, backingName: { offset: 64, length: 0 } }, 'corrupt backing_filename_size'],
    [{ features: 0, backingName: { offset: 10, length: 4 } }, 'accepted'],
  ])('%j: %s', (fields, verdict) => {
    expect(code(fields)).toBe(verdict);
  });

  it('is refused when it is too short, or of something else', () => {
    const bytes = serializeQedHeader(headerOf());
    expect(codeOf(bytes.subarray(0, 40))).toBe('corrupt header');
    expect(codeOf(bytes.subarray(1))).toBe('not-this-format');
    expect(codeOf(new Uint8Array(0))).toBe('not-this-format');
  });

  it('is limited to sizes that are safe integers, whatever the tables could map', () => {
    const bytes = serializeQedHeader(headerOf({ clusterSize: 2 ** 26, tableClusters: 16 }));
    new DataView(bytes.buffer).setBigUint64(48, 2n ** 53n, true);
    expect(codeOf(bytes, 2 ** 40)).toBe('limit image_size');
    new DataView(bytes.buffer).setBigUint64(48, 2n ** 64n - 512n, true);
    expect(codeOf(bytes, 2 ** 40)).toBe('limit image_size');
  });
});

describe('the name of the backing file', () => {
  const features = FEATURE_BACKING_FILE | FEATURE_NO_PROBE;

  async function nameOf(name: Uint8Array, offset = 64): Promise<string | undefined> {
    const file = new MemoryDevice(8192);
    const backingName = { offset, length: name.length };
    file.write(serializeQedHeader(headerOf({ features, backingName })), 0);
    file.write(name, offset);
    return (await readQedHeader(file)).backingFile;
  }

  it('is text of the header', async () => {
    expect(await nameOf(new TextEncoder().encode('bäse.raw'), 4000)).toBe('bäse.raw');
  });

  it('has neither NUL nor bytes that are no text', async () => {
    await expect(nameOf(Uint8Array.of(65, 0, 66))).rejects.toMatchObject({ code: 'corrupt' });
    await expect(nameOf(Uint8Array.of(65, 0xff))).rejects.toMatchObject({ code: 'corrupt' });
  });
});
