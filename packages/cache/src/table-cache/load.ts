/** A table that the device is reading, and those who wait for it. Each of them holds a pin on the slot. */
export class Load {
  readonly slot: number;
  waiters = 1;
  /** The slot, when the table is there. */
  readonly done: Promise<number>;

  constructor(slot: number, done: Promise<number>) {
    this.slot = slot;
    this.done = done;
  }
}
