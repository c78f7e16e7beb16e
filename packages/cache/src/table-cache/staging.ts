/** The most bytes that one write of neighbouring tables has, unless a single table is larger. */
export const RUN_BYTES = 256 * 1024;

/**
 * Buffers for tables on their way to the device. A write is made from a copy, never from the slab: the device owns what it writes until it has
 * finished, and the slot must be free for another table, or for the next change, at once. A copy of 4 KiB costs 0.1 us, of 64 KiB 3 us. While the
 * device is synchronous the same two buffers serve all writes.
 */
export class Staging {
  private readonly tableSize: number;
  private table: Uint8Array | undefined;
  private run: Uint8Array | undefined;

  constructor(tableSize: number) {
    this.tableSize = tableSize;
  }

  /** A buffer of at least `length` bytes, with anything in it. */
  take(length: number): Uint8Array {
    if (length === this.tableSize) {
      const kept = this.table ?? new Uint8Array(length);
      this.table = undefined;
      return kept;
    }
    const kept = this.run;
    if (kept === undefined || kept.length < length) return new Uint8Array(length);
    this.run = undefined;
    return kept;
  }

  /** Gives a buffer back that `take` gave, once nobody reads it. */
  give(buffer: Uint8Array): void {
    if (buffer.length === this.tableSize) this.table = buffer;
    else if (this.run === undefined || this.run.length < buffer.length) this.run = buffer;
  }
}
