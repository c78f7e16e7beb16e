import type { Header, HeaderV3 } from '../src/index.ts';

/** A header as qemu-img writes it for a new 1 GiB image, version 3. */
export const FRESH: HeaderV3 = {
  version: 3,
  backingFileOffset: 0,
  backingFileSize: 0,
  clusterBits: 16,
  size: 2 ** 30,
  cryptMethod: 0,
  l1Size: 2,
  l1TableOffset: 0x30000,
  refcountTableOffset: 0x10000,
  refcountTableClusters: 1,
  snapshotCount: 0,
  snapshotsOffset: 0,
  incompatibleFeatures: 0n,
  compatibleFeatures: 0n,
  autoclearFeatures: 0n,
  refcountOrder: 4,
  headerLength: 112,
  compressionType: 0,
  unknownFields: new Uint8Array(7),
};

/** {@link FRESH} with some fields changed. */
export function fresh(change: Partial<HeaderV3> = {}): HeaderV3 {
  return { ...FRESH, ...change };
}

/** {@link FRESH} in version 2. */
export function freshV2(change: Partial<HeaderV3> = {}): Header {
  const {
    incompatibleFeatures: _i,
    compatibleFeatures: _c,
    autoclearFeatures: _a,
    refcountOrder: _r,
    headerLength: _h,
    compressionType: _t,
    unknownFields: _u,
    ...common
  } = { ...FRESH, ...change };
  return { ...common, version: 2 };
}

/** The bytes of a hexadecimal string; spaces are ignored. */
export function hex(text: string): Uint8Array {
  const digits = text.replaceAll(/\s/g, '');
  return Uint8Array.from({ length: digits.length / 2 }, (_, i) =>
    Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16),
  );
}

/** The two halves of a table entry written as 16 hexadecimal digits. */
export function halves(entry: string): [hi: number, lo: number] {
  return [Number.parseInt(entry.slice(0, 8), 16), Number.parseInt(entry.slice(8), 16)];
}

/** Two halves as 16 hexadecimal digits. */
export function entryText(hi: number, lo: number): string {
  return [hi, lo].map((half) => half.toString(16).padStart(8, '0')).join('');
}
