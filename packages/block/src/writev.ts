import type { BlockDevice } from './device.ts';
import type { MaybePromise } from './maybe.ts';

/** `parts` behind each other in one array. */
export function joined(parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Writes `parts` behind each other in one request: with the device's vectored write where it has one, as one joined array otherwise. */
export function writeParts(
  device: BlockDevice,
  parts: readonly Uint8Array[],
  offset: number,
): MaybePromise<void> {
  if (device.writev !== undefined) return device.writev(parts, offset);
  return device.write(parts.length === 1 ? (parts[0] as Uint8Array) : joined(parts), offset);
}
