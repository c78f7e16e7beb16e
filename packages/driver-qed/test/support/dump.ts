import { MemoryDevice } from '@q/block';
import { qemuImg } from '@q/judge';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Made } from './shapes.ts';

/** Writes an image and its backing file into a folder, where qemu-img finds both. @returns the image's path */
export function dump(folder: string, made: Pick<Made, 'file' | 'backing'>): string {
  const file = path.join(folder, 'image.qed');
  writeFileSync(file, made.file.bytes());
  if (made.backing !== undefined) writeFileSync(path.join(folder, 'b'), made.backing.bytes());
  return file;
}

/** Asks qemu-img: no errors, no leaks, and these bytes. */
export function judge(folder: string, made: Made): void {
  const file = dump(folder, made);
  qemuImg(['check', '-q', '-f', 'qed', file], [0], folder);
  compare(folder, file, made.bytes);
}

/** Asks qemu-img whether the guest finds these bytes. */
export function compare(folder: string, file: string, bytes: Uint8Array): void {
  const raw = path.join(folder, 'expected.raw');
  writeFileSync(raw, bytes);
  qemuImg(['compare', '-q', '-f', 'qed', '-F', 'raw', file, raw], [0], folder);
}

/** What qemu-img reads in the image. */
export function converted(folder: string, file: string): Uint8Array {
  const raw = path.join(folder, 'converted.raw');
  qemuImg(['convert', '-f', 'qed', '-O', 'raw', file, raw], [0], folder);
  return readFileSync(raw);
}

/** A copy of a file in memory. */
export function load(file: string): MemoryDevice {
  return new MemoryDevice(readFileSync(file));
}
