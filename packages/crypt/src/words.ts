/** `bytes`, a multiple of 4 of them, as words of 32 bits, for operations that treat all bytes alike. A copy where they are not aligned. */
export function wordsOf(bytes: Uint8Array): Int32Array {
  const { buffer, byteOffset, byteLength } =
    bytes.byteOffset % 4 === 0 ? bytes : new Uint8Array(bytes);
  return new Int32Array(buffer, byteOffset, byteLength / 4);
}
