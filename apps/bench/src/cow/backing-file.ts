import { openFile } from '@q/block/node';

const PIECE = 2 ** 20;

/** Makes a raw file of `size` bytes, none of them zero: a copy of zeroes could be left out. */
export function makeBackingFile(path: string, size: number): void {
  const file = openFile(path, { create: true, truncate: true });
  const bytes = new Uint8Array(PIECE);
  for (let i = 0; i < PIECE; i++) bytes[i] = 1 + (i % 251);
  for (let at = 0; at < size; at += PIECE) file.write(bytes.subarray(0, size - at), at);
  file.close();
}
