import type { CacheStrategy, StrategyStats } from '../strategy.ts';

/**
 * A strategy beside a plain model of what it must hold: every operation is done on both and compared.
 *
 * The model says which keys are in which slots and how often each is pinned, and counts. It does not know the policy: where `place` has a choice, the model checks
 * that the choice was allowed and follows it.
 */
export class Checked {
  readonly strategy: CacheStrategy;
  readonly slots = new Map<number, number>();
  readonly keys = new Map<number, number>();
  readonly pins = new Map<number, number>();
  /** Every slot answered so far: two runs are alike when their logs are. */
  readonly log: number[] = [];
  /** Peek at and compare everything between the operations. Off where the peeks themselves are under test: they would hide each other. */
  audit = true;
  private readonly fullyAssociative: boolean;
  private readonly label: string;
  private readonly expected = { hits: 0, misses: 0, evictions: 0, overflows: 0 };
  private probes = 0;
  private rotations = 0;
  private step = 0;
  private doing = 'construction';

  constructor(strategy: CacheStrategy, fullyAssociative: boolean, label: string) {
    this.strategy = strategy;
    this.fullyAssociative = fullyAssociative;
    this.label = label;
  }

  /** Throws an error that says where the run was. */
  fail(what: string): never {
    throw new Error(
      `${this.strategy.name}, ${this.label}, step ${this.step} (${this.doing}): ${what}`,
    );
  }

  /** Throws unless `found` is `expected`. */
  same(found: number, expected: number, what: string): void {
    if (!Object.is(found, expected)) this.fail(`${what} is ${found}, expected ${expected}`);
  }

  /** One operation of the strategy; it must not throw. */
  private act<T>(doing: string, operation: () => T): T {
    this.step++;
    this.doing = doing;
    try {
      return operation();
    } catch (error) {
      return this.fail(`threw ${String(error)}`);
    }
  }

  find(key: number): number {
    const slot = this.act(`find ${key}`, () => this.strategy.find(key));
    this.log.push(slot);
    this.same(slot, this.keys.get(key) ?? -1, 'the slot found');
    if (slot < 0) this.expected.misses++;
    else this.expected.hits++;
    this.checkStats();
    return slot;
  }

  peek(key: number): number {
    const slot = this.act(`peek ${key}`, () => this.strategy.peek(key));
    this.same(slot, this.keys.get(key) ?? -1, 'the slot peeked');
    this.checkStats();
    return slot;
  }

  /** Finds a key that the model does not hold, then places it. */
  place(key: number): number {
    this.find(key);
    const slot = this.act(`place ${key}`, () => this.strategy.place(key));
    this.log.push(slot);
    this.checkChoice(slot);
    const victim = this.slots.get(slot);
    if (victim !== undefined) {
      this.keys.delete(victim);
      if (slot < this.strategy.capacity) this.expected.evictions++;
    }
    if (slot >= this.strategy.capacity) this.expected.overflows++;
    this.slots.set(slot, key);
    this.keys.set(key, slot);
    this.same(this.strategy.keyAt(slot), key, `the key at slot ${slot}`);
    if (this.audit) this.same(this.strategy.peek(key), slot, `the slot of the key placed`);
    if (this.audit && victim !== undefined) {
      this.same(this.strategy.peek(victim), -1, `the slot of ${victim}, which has just left,`);
    }
    this.checkStats();
    return slot;
  }

  /** Whether the strategy was free to answer `slot` for a new key. */
  private checkChoice(slot: number): void {
    const capacity = this.strategy.capacity;
    if (!Number.isInteger(slot) || slot < 0) this.fail(`${slot} is not a slot`);
    if (this.pins.has(slot)) this.fail(`slot ${slot} is pinned and was given away`);
    let empty = 0;
    let pinned = 0;
    for (let s = 0; s < capacity; s++) {
      if (!this.slots.has(s)) empty++;
      else if (this.pins.has(s)) pinned++;
    }
    if (slot >= capacity) {
      if (pinned === 0) this.fail(`overflow slot ${slot} although no slot is pinned`);
      if (this.fullyAssociative && pinned < capacity) {
        this.fail(`overflow slot ${slot} although ${capacity - pinned} slots are not pinned`);
      }
      const highest = capacity + this.slots.size - (capacity - empty);
      if (slot > highest) this.fail(`overflow slot ${slot} although ${highest} or less is free`);
    } else if (this.fullyAssociative && empty > 0 && this.slots.has(slot)) {
      this.fail(`slot ${slot} was evicted although ${empty} slots are empty`);
    }
  }

  pin(slot: number): void {
    this.act(`pin ${slot}`, () => this.strategy.pin(slot));
    this.pins.set(slot, (this.pins.get(slot) ?? 0) + 1);
    this.checkStats();
  }

  unpin(slot: number): void {
    this.act(`unpin ${slot}`, () => this.strategy.unpin(slot));
    const left = this.pins.get(slot)! - 1;
    if (left > 0) this.pins.set(slot, left);
    else {
      this.pins.delete(slot);
      if (slot >= this.strategy.capacity) this.forget(slot);
    }
    this.checkStats();
  }

  remove(slot: number): void {
    this.act(`remove ${slot}`, () => this.strategy.remove(slot));
    this.forget(slot);
    this.checkStats();
  }

  /** Gives back all pins. */
  unpinAll(): void {
    for (const [slot, count] of this.pins) {
      for (let i = 0; i < count; i++) this.unpin(slot);
    }
  }

  /** Gives back all pins, then clears. */
  clear(): void {
    this.unpinAll();
    this.act('clear', () => this.strategy.clear());
    this.slots.clear();
    this.keys.clear();
    Object.assign(this.expected, { hits: 0, misses: 0, evictions: 0, overflows: 0 });
    this.probes = 0;
    this.rotations = 0;
    this.same(this.strategy.stats.probes, 0, 'stats.probes');
    this.same(this.strategy.stats.rotations, 0, 'stats.rotations');
    this.checkStats();
  }

  /** Does something that must throw a `RangeError` and leave all slots and counts as they were. */
  misuse(what: string, operation: () => void): void {
    this.step++;
    this.doing = what;
    try {
      operation();
    } catch (error) {
      if (!(error instanceof RangeError)) this.fail(`threw ${String(error)}, not a RangeError`);
      this.checkStats();
      this.checkAll();
      return;
    }
    this.fail('did not throw');
  }

  private forget(slot: number): void {
    this.keys.delete(this.slots.get(slot)!);
    this.slots.delete(slot);
  }

  /** The four exact counts, and that the two others are counts that grow. */
  checkStats(): void {
    const stats: StrategyStats = this.strategy.stats;
    this.same(stats.hits, this.expected.hits, 'stats.hits');
    this.same(stats.misses, this.expected.misses, 'stats.misses');
    this.same(stats.evictions, this.expected.evictions, 'stats.evictions');
    this.same(stats.overflows, this.expected.overflows, 'stats.overflows');
    if (!Number.isSafeInteger(stats.probes) || stats.probes < this.probes) {
      this.fail(`stats.probes went from ${this.probes} to ${stats.probes}`);
    }
    if (!Number.isSafeInteger(stats.rotations) || stats.rotations < this.rotations) {
      this.fail(`stats.rotations went from ${this.rotations} to ${stats.rotations}`);
    }
    this.probes = stats.probes;
    this.rotations = stats.rotations;
  }

  /** Compares every slot and every key, unless `audit` is off. */
  checkAll(): void {
    if (!this.audit) return;
    let end = this.strategy.capacity;
    for (const slot of this.slots.keys()) end = Math.max(end, slot + 1);
    for (let slot = 0; slot <= end; slot++) {
      this.same(this.strategy.keyAt(slot), this.slots.get(slot) ?? -1, `the key at slot ${slot}`);
    }
    for (const [key, slot] of this.keys) {
      this.same(this.strategy.peek(key), slot, `the slot of key ${key}`);
    }
  }
}
