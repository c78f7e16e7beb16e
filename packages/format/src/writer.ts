/** Writes big-endian integers into bytes, one after the other; past the end it throws `RangeError` (from `DataView`). */
export class Writer {
  /** Next byte to write. */
  position: number;
  readonly bytes: Uint8Array;
  readonly #view: DataView;

  constructor(bytes: Uint8Array, position = 0) {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.position = position;
  }

  u8(value: number): void {
    this.#view.setUint8(this.position, value);
    this.position += 1;
  }

  u16be(value: number): void {
    this.#view.setUint16(this.position, value);
    this.position += 2;
  }

  u32be(value: number): void {
    this.#view.setUint32(this.position, value);
    this.position += 4;
  }

  /** A u64; `value` is a non-negative safe integer or a bigint. */
  u64be(value: number | bigint): void {
    this.#view.setBigUint64(this.position, BigInt(value));
    this.position += 8;
  }

  put(bytes: Uint8Array): void {
    this.bytes.set(bytes, this.position);
    this.position += bytes.length;
  }
}
