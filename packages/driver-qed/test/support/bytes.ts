import type { MemoryDevice } from '@q/block';
import { FEATURES_AT } from '@q/qed';

/** The feature bits in an image file. */
export function featuresOf(file: MemoryDevice): number {
  const bytes = new Uint8Array(1);
  file.read(bytes, FEATURES_AT);
  return bytes[0]!;
}

/** The table entry, or any 64-bit field, at byte `at` of the file. */
export function entryAt(file: MemoryDevice, at: number): number {
  const bytes = new Uint8Array(8);
  file.read(bytes, at);
  return Number(new DataView(bytes.buffer).getBigUint64(0, true));
}

/** Sets it. */
export function setEntry(file: MemoryDevice, at: number, value: number): void {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value), true);
  file.write(bytes, at);
}
