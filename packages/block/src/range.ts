/** Throws a `RangeError` unless `offset` and `length` name a range inside `[0, size]`. */
export function checkRange(offset: number, length: number, size: number): void {
  if (
    !Number.isSafeInteger(offset) ||
    !Number.isSafeInteger(length) ||
    offset < 0 ||
    length < 0 ||
    offset + length > size
  ) {
    throw new RangeError(
      `bytes ${offset} to ${offset + length} are outside the device of ${size} bytes`,
    );
  }
}
