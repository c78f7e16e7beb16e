import type { BlockDevice } from '@q/block';
import { openFile } from '@q/block/node';
import { qemuImg } from '@q/judge';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { open, type Qcow1Image, type Qcow1OpenOptions } from '../../src/index.ts';
import { PASSPHRASE, type Made } from './shapes.ts';

/** Writes an image and what lies below it into a folder. @returns the image's path */
export function dump(folder: string, { file, backing }: Made): string {
  const image = path.join(folder, 'image.qcow');
  writeFileSync(image, file.bytes());
  if (backing !== undefined) writeFileSync(path.join(folder, 'b'), backing.bytes());
  return image;
}

/** Options before a command of QEMU's tools, and what names an image for them. The format of a backing file is stored nowhere: here it is raw. */
export interface TheirImage {
  readonly options: readonly string[];
  readonly name: string;
}

/** How QEMU's tools are told of an image. */
export function theirImage(
  file: string,
  has: { encrypted: boolean; backing: boolean },
): TheirImage {
  const name: Record<string, unknown> = {
    driver: 'qcow',
    file: { driver: 'file', filename: file },
  };
  if (has.encrypted) name['encrypt'] = { format: 'aes', 'key-secret': 'key' };
  if (has.backing) {
    const filename = path.join(path.dirname(file), 'b');
    name['backing'] = { driver: 'raw', file: { driver: 'file', filename } };
  }
  return {
    options: has.encrypted ? ['--object', `secret,id=key,data=${PASSPHRASE}`] : [],
    name: `json:${JSON.stringify(name)}`,
  };
}

/** Asks qemu-img whether the image has these bytes. */
export function compare(folder: string, { options, name }: TheirImage, bytes: Uint8Array): void {
  const raw = path.join(folder, 'expected.raw');
  writeFileSync(raw, bytes);
  const json = JSON.stringify({ driver: 'raw', file: { driver: 'file', filename: raw } });
  qemuImg(['compare', '-q', ...options, name, `json:${json}`]);
}

/** Opens an image file, and a raw file beside it when the image names one. */
export async function openImage(
  image: BlockDevice,
  folder: string,
  options: Qcow1OpenOptions,
): Promise<Qcow1Image> {
  return await open(image, {
    backing: ({ name }) => openFile(path.join(folder, path.basename(name)), { readOnly: true }),
    passphrase: () => PASSPHRASE,
    ...options,
  });
}
