import { openFile } from '@q/block/node';
import { create } from '@q/driver-qcow2';

const TIB = 2 ** 40;
const PIECE = 2 ** 20;

/** Bytes of the disk. */
export const READ_DISK_BYTES = 8 * TIB;
/** Guest bytes with data at each of {@link READ_PLACES}: what one 4 KiB slice of an L2 table maps. */
export const READ_AREA_BYTES = 32 * 2 ** 20;
/** Where on the disk there is data. Numbers from 2^31 up are more than a register to JavaScript, so both kinds are measured. */
export const READ_PLACES = { near: 2 ** 30, far: 4 * TIB } as const;

/** Makes the image that reads are measured on. Its data is written just before, so it is in the page cache. */
export async function makeReadImage(path: string): Promise<void> {
  const file = openFile(path, { create: true, truncate: true });
  const disk = await create(file, { size: READ_DISK_BYTES });
  const bytes = new Uint8Array(PIECE).fill(0x51);
  for (const place of Object.values(READ_PLACES)) {
    for (let at = 0; at < READ_AREA_BYTES; at += PIECE) await disk.write(bytes, place + at);
  }
  await disk.close();
  file.close();
}
