import { openFile } from '@q/block/node';
import type { BlockDevice } from '@q/block';
import path from 'node:path';
import { open, type Qcow2Image, type Qcow2OpenOptions } from '../../src/index.ts';

/** A gate that opens raw and QCOW2 files beside the image, for tests. */
export function beside(folder: string): NonNullable<Qcow2OpenOptions['backing']> {
  return async ({ name, format }): Promise<BlockDevice> => {
    const file = openFile(path.join(folder, path.basename(name)), { readOnly: true });
    return format === 'qcow2'
      ? await open(file, { backing: beside(folder), dataFile: beside(folder), readOnly: true })
      : file;
  };
}

/** Opens an image file with whatever it names beside it. */
export async function openImage(
  file: string,
  options: Qcow2OpenOptions & { readonly file?: BlockDevice } = {},
): Promise<Qcow2Image> {
  const folder = path.dirname(file);
  return await open(options.file ?? openFile(file, { readOnly: options.readOnly ?? true }), {
    backing: beside(folder),
    dataFile: ({ name }) =>
      openFile(path.join(folder, path.basename(name)), { readOnly: options.readOnly ?? true }),
    ...options,
  });
}

/** Reads a whole disk in pieces of `step` bytes. */
export async function readAll(disk: BlockDevice, step = 1 << 20): Promise<Uint8Array> {
  const bytes = new Uint8Array(disk.size);
  for (let at = 0; at < bytes.length; at += step) {
    await disk.read(bytes.subarray(at, Math.min(bytes.length, at + step)), at);
  }
  return bytes;
}
