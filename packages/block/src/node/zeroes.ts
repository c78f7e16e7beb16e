const LARGEST = 1 << 20;
let shared: Uint8Array | undefined;

/** Up to `length` zeroes, at most 1 MiB, in an array that everybody shares and nobody writes. */
export function zeroes(length: number): Uint8Array {
  shared ??= new Uint8Array(LARGEST);
  return length >= LARGEST ? shared : shared.subarray(0, length);
}
