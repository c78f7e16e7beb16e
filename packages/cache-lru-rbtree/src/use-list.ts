/**
 * Slots in the order of their last use: a ring through a sentinel, whose neighbours are the youngest and the oldest. A slot outside the ring is
 * linked to itself, so taking it out again changes nothing and `touch` need not ask whether it is inside.
 */
export class UseList {
  /** The number of slots, which is the sentinel. */
  readonly end: number;
  /** By slot, two each: the next younger one, the next older one. */
  private readonly links: Int32Array;

  constructor(slots: number) {
    this.end = slots;
    this.links = new Int32Array(2 * slots + 2);
    this.clear();
  }

  /** The slot whose last use is longest ago, or `end`. */
  oldest(): number {
    return this.links[2 * this.end]!;
  }

  /** Makes `slot` the youngest, whatever it was. */
  touch(slot: number): void {
    const links = this.links;
    const end = this.end;
    const younger = links[2 * slot]!;
    const older = links[2 * slot + 1]!;
    links[2 * younger + 1] = older;
    links[2 * older] = younger;
    const youngest = links[2 * end + 1]!;
    links[2 * slot] = end;
    links[2 * slot + 1] = youngest;
    links[2 * youngest] = slot;
    links[2 * end + 1] = slot;
  }

  /** Takes `slot` out of the ring, if it is in. */
  leave(slot: number): void {
    const links = this.links;
    const younger = links[2 * slot]!;
    const older = links[2 * slot + 1]!;
    links[2 * younger + 1] = older;
    links[2 * older] = younger;
    links[2 * slot] = slot;
    links[2 * slot + 1] = slot;
  }

  /** Takes all slots out. */
  clear(): void {
    for (let slot = 0; slot <= this.end; slot++) {
      this.links[2 * slot] = slot;
      this.links[2 * slot + 1] = slot;
    }
  }
}
