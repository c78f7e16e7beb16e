interface Write {
  readonly from: number;
  readonly to: number;
  readonly begun: number;
  /** Infinity while it goes on. */
  ended: number;
  acknowledged: boolean;
}

/**
 * Who has written what and when. A unit may read as any write that was begun before the read ended, unless a later one was acknowledged
 * before the read began: one that began after the first had ended. A write that failed may have left anything between nothing and all.
 */
export class History {
  private readonly writes: Write[] = [];
  private clock = 0;

  constructor(size: number) {
    // What was there at the beginning.
    this.writes.push({ from: 0, to: size, begun: -1, ended: -1, acknowledged: true });
  }

  now(): number {
    return this.clock++;
  }

  /** @returns what its units hold */
  begin(from: number, to: number): number {
    const write = { from, to, begun: this.now(), ended: Infinity, acknowledged: false };
    return this.writes.push(write) - 1;
  }

  end(id: number, acknowledged: boolean): void {
    const write = this.writes[id]!;
    write.ended = this.now();
    write.acknowledged = acknowledged;
  }

  /** Throws when a unit must not read as write `id` for a reader that began at `since`. */
  check(at: number, id: number, since: number): void {
    const write = this.writes[id];
    if (write === undefined || at < write.from || at >= write.to) {
      throw new RangeError(`unit ${at} reads as ${id}, which never wrote it`);
    }
    for (const [i, other] of this.writes.entries()) {
      if (at < other.from || at >= other.to || !other.acknowledged) continue;
      if (other.begun > write.ended && other.ended < since) {
        throw new RangeError(`unit ${at} reads as ${id}, and ${i} has been acknowledged since`);
      }
    }
  }
}
