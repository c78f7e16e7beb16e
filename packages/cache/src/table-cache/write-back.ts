/** The bytes of one table, or of neighbouring ones, on their way to the device. */
export class WriteBack {
  /** Byte offset in the device. */
  readonly offset: number;
  readonly bytes: Uint8Array;
  /** What `bytes` is part of, to be given back to the staging. */
  readonly storage: Uint8Array;
  /** The newest write requirement that holds for these bytes: see `WriteOrder`. */
  readonly order: number;
  /** The write-back of the same table before this one, unless it is done: this one waits for it, or the older bytes could win. */
  after: WriteBack | undefined;
  /**
   * `waiting`: for `after` or for its order; nothing of it has been sent. `writing`: the device has it. `done`: written, or its failure has been dealt with.
   * `failed`: a write of a single table failed, the table is in no slot, and this is the only copy.
   */
  state: 'waiting' | 'writing' | 'done' | 'failed' = 'waiting';
  /** Settles when this is no longer waiting or writing; never rejects. Absent when that took no time. */
  promise: Promise<void> | undefined;
  /** What went wrong, when a table was not written. */
  failure: unknown;
  /** Tables that were given up while the device had them: by offset. */
  private givenUp: Set<number> | undefined;
  /** Tables that `beforeWrite` refused, and why: by offset. */
  private refusals: Map<number, unknown> | undefined;

  constructor(
    offset: number,
    bytes: Uint8Array,
    storage: Uint8Array,
    order: number,
    after: WriteBack | undefined,
  ) {
    this.offset = offset;
    this.bytes = bytes;
    this.storage = storage;
    this.order = order;
    this.after = after;
  }

  /** The copy of the table at `offset`. */
  table(offset: number, tableSize: number): Uint8Array {
    const start = offset - this.offset;
    return this.bytes.subarray(start, start + tableSize);
  }

  /** The table at `offset` does not exist any more. */
  giveUp(offset: number): void {
    this.givenUp ??= new Set();
    this.givenUp.add(offset);
  }

  isGivenUp(offset: number): boolean {
    return this.givenUp !== undefined && this.givenUp.has(offset);
  }

  refuse(offset: number, error: unknown): void {
    this.refusals ??= new Map();
    this.refusals.set(offset, error);
  }

  /** Why the table at `offset` was not sent, or undefined. */
  refusal(offset: number): unknown {
    return this.refusals?.get(offset);
  }
}
