import type { MemoryDevice } from '@q/block';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { qemuImg } from '@q/judge';
import type { Made } from './shapes.ts';

function bytesOf(device: MemoryDevice): Uint8Array {
  const bytes = new Uint8Array(device.size);
  device.read(bytes, 0);
  return bytes;
}

/** Writes an image and what belongs to it into a folder, where qemu-img finds all of it. @returns the image's path */
export function dump(folder: string, made: Pick<Made, 'file' | 'backing' | 'data'>): string {
  const file = path.join(folder, 'image.qcow2');
  writeFileSync(file, bytesOf(made.file));
  if (made.backing !== undefined) writeFileSync(path.join(folder, 'b'), bytesOf(made.backing));
  if (made.data !== undefined) writeFileSync(path.join(folder, 'd'), bytesOf(made.data));
  return file;
}

/** Asks qemu-img: no errors, no leaks, and these bytes. */
export function judge(folder: string, made: Made): void {
  const file = dump(folder, made);
  qemuImg(['check', '-f', 'qcow2', file], [0], folder);
  const raw = path.join(folder, 'expected.raw');
  writeFileSync(raw, made.bytes);
  qemuImg(['compare', '-f', 'qcow2', '-F', 'raw', file, raw], [0], folder);
}
