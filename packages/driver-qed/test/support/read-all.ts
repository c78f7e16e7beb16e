import type { BlockDevice } from '@q/block';

/** Reads a whole disk in pieces of `step` bytes. */
export async function readAll(disk: BlockDevice, step = 1 << 20): Promise<Uint8Array> {
  const bytes = new Uint8Array(disk.size);
  for (let at = 0; at < bytes.length; at += step) {
    await disk.read(bytes.subarray(at, Math.min(bytes.length, at + step)), at);
  }
  return bytes;
}
