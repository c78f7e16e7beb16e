import type { BlockDevice } from './device.ts';
import type { MaybePromise } from './maybe.ts';

/**
 * Fills `into` from `offset` on; what lies past the end of the device reads as zeroes. Image files may end in the middle of a cluster, and
 * what an image maps past the end of its file reads as zeroes.
 *
 * @throws what `device.read` throws, except that no range is too far
 */
export function readPadded(
  device: BlockDevice,
  into: Uint8Array,
  offset: number,
): MaybePromise<void> {
  const present = device.size - offset;
  if (present >= into.length) return device.read(into, offset);
  if (!Number.isSafeInteger(offset) || offset < 0) {
    throw new RangeError(`${offset} is not an offset: offsets are whole numbers from 0 up`);
  }
  if (present <= 0) {
    into.fill(0);
    return;
  }
  into.fill(0, present);
  return device.read(into.subarray(0, present), offset);
}
