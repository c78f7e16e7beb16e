import type { BlockDevice } from '../device.ts';

/** Checks that the extents of a range follow each other without gaps, end where it ends, and do not call bytes zeroes that are none. */
export async function checkExtents(
  device: BlockDevice,
  offset: number,
  length: number,
): Promise<void> {
  let at = offset;
  for await (const extent of device.extents(offset, length)) {
    if (extent.offset !== at || !(extent.length > 0)) {
      throw new Error(`an extent of ${extent.length} at ${extent.offset} follows byte ${at}`);
    }
    if (!Number.isInteger(extent.depth) || extent.depth < 0) {
      throw new Error(`the extent at ${at} has the depth ${extent.depth}`);
    }
    at += extent.length;
    if (extent.kind === 'data') continue;
    const bytes = new Uint8Array(extent.length);
    await device.read(bytes, extent.offset);
    const found = bytes.findIndex((byte) => byte !== 0);
    if (found >= 0) {
      throw new Error(
        `byte ${extent.offset + found} of a ${extent.kind} extent is ${bytes[found]}`,
      );
    }
  }
  if (at !== offset + length) throw new Error(`the extents end at ${at}, not ${offset + length}`);
}
