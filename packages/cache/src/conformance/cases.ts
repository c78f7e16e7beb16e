import type { Checked } from './checked.ts';
import { drive } from './drive.ts';
import { KEY_PATTERNS } from './keys.ts';

const DENSE = KEY_PATTERNS[0]!;

/** A new strategy finds nothing, holds nothing and has counted nothing. */
export function startsEmpty(checked: Checked, capacity: number): void {
  const { strategy } = checked;
  checked.same(strategy.capacity, capacity, 'capacity');
  if (strategy.name === '') checked.fail('the name is empty');
  checked.checkAll();
  checked.checkStats();
  checked.same(strategy.stats.probes, 0, 'stats.probes');
  checked.same(strategy.stats.rotations, 0, 'stats.rotations');
  checked.find(0);
  checked.find(Number.MAX_SAFE_INTEGER);
  checked.peek(1);
}

/** With room for all keys nothing is evicted, and every key stays in the slot it was given. */
export function fillsEverySlot(checked: Checked): void {
  const { capacity } = checked.strategy;
  for (let key = 0; key < capacity; key++) checked.place(key);
  for (let key = 0; key < capacity; key++) checked.find(key);
  checked.same(checked.slots.size, capacity, 'the number of entries');
  checked.checkAll();
}

/** Everything pinned: new keys overflow, several at once, leave at their last unpin, and the pinned ones stay where they are. */
export function overflowsWhenPinned(checked: Checked): void {
  const { capacity } = checked.strategy;
  let filled = 0;
  for (let key = 0; filled < capacity; key++) {
    const slot = checked.place(key);
    checked.pin(slot);
    if (slot < capacity) filled++;
    if (key > capacity * 50) checked.fail('cannot fill and pin all slots');
  }
  const over: number[] = [];
  const before = checked.slots.size;
  for (let i = 0; i < 5; i++) {
    const slot = checked.place(1_000_000 + i);
    if (slot < capacity) checked.fail(`slot ${slot} although all ${capacity} are pinned`);
    checked.pin(slot);
    checked.pin(slot);
    over.push(slot);
  }
  checked.checkAll();
  checked.same(checked.slots.size, before + 5, 'the number of entries');
  for (const slot of [2, 0, 4, 1, 3].map((i) => over[i]!)) {
    const key = checked.slots.get(slot)!;
    checked.unpin(slot);
    checked.find(key);
    checked.unpin(slot);
    checked.same(checked.strategy.keyAt(slot), -1, `the key at overflow slot ${slot}`);
    checked.find(key);
    checked.checkAll();
  }
  // One not pinned yet is found, and can be removed like any other.
  const unpinned = checked.place(2_000_000);
  checked.find(2_000_000);
  checked.remove(unpinned);
  checked.checkAll();
  // An overflow entry goes at its last unpin also when ordinary slots have been unpinned before it.
  const late = checked.place(2_000_001);
  checked.pin(late);
  for (const slot of [...checked.pins.keys()].filter((s) => s < capacity)) checked.unpin(slot);
  checked.find(2_000_001);
  checked.unpin(late);
  checked.checkAll();
  const again = checked.place(2_000_002);
  if (again >= capacity) checked.fail('an overflow slot although nothing is pinned');
  checked.unpinAll();
  checked.checkAll();
}

/** Every misuse is a `RangeError` that changes nothing. */
export function refusesMisuse(checked: Checked): void {
  const { strategy } = checked;
  const { capacity } = strategy;
  for (const slot of [0, capacity - 1, capacity, capacity + 3]) {
    checked.misuse(`pin of empty slot ${slot}`, () => strategy.pin(slot));
    checked.misuse(`unpin of empty slot ${slot}`, () => strategy.unpin(slot));
    checked.misuse(`remove of empty slot ${slot}`, () => strategy.remove(slot));
  }
  const slot = checked.place(7);
  checked.misuse('place of a cached key', () => void strategy.place(7));
  checked.misuse('unpin without a pin', () => strategy.unpin(slot));
  checked.pin(slot);
  checked.misuse('place of a pinned key', () => void strategy.place(7));
  checked.misuse('remove of a pinned slot', () => strategy.remove(slot));
  checked.misuse('clear with a pin held', () => strategy.clear());
  checked.pin(slot);
  checked.unpin(slot);
  checked.misuse('remove of a slot with one of two pins left', () => strategy.remove(slot));
  checked.unpin(slot);
  checked.misuse('a third unpin', () => strategy.unpin(slot));
  checked.remove(slot);
  checked.misuse('pin of a removed slot', () => strategy.pin(slot));
  overflowMisuse(checked);
}

function overflowMisuse(checked: Checked): void {
  const { strategy } = checked;
  let slot = -1;
  for (let key = 0; slot < strategy.capacity; key++) checked.pin((slot = checked.place(key)));
  const key = checked.slots.get(slot)!;
  checked.misuse('place of a key in an overflow slot', () => void strategy.place(key));
  checked.misuse('remove of a pinned overflow slot', () => strategy.remove(slot));
  checked.misuse('clear with overflow', () => strategy.clear());
  checked.unpin(slot);
  checked.misuse('unpin of an overflow slot that has gone', () => strategy.unpin(slot));
  checked.misuse('pin of an overflow slot that has gone', () => strategy.pin(slot));
  checked.misuse('remove of an overflow slot that has gone', () => strategy.remove(slot));
  checked.clear();
  checked.checkAll();
}

/** The same run with and without peeks in between: same slots, same counts, probes aside. */
export function peekIsNoUse(make: () => Checked, steps: number): void {
  const [plain, peeked] = [false, true].map((peeks) => {
    const checked = make();
    checked.audit = false;
    drive(checked, { seed: 77, steps, pattern: DENSE, peeks, clears: false });
    return checked;
  }) as [Checked, Checked];
  sameLog(peeked, plain);
  peeked.same(peeked.strategy.stats.rotations, plain.strategy.stats.rotations, 'stats.rotations');
}

/** After a clear the strategy does exactly what a new one does, and counts exactly the same, probes and rotations included. */
export function clearStartsOver(make: () => Checked, steps: number): void {
  const run = { seed: 99, steps, pattern: DENSE, peeks: false, clears: false };
  const fresh = make();
  drive(fresh, run);
  const used = make();
  drive(used, { ...run, seed: 98, pattern: KEY_PATTERNS[2]! });
  used.clear();
  used.checkAll();
  used.log.length = 0;
  drive(used, run);
  sameLog(used, fresh);
  const stats = used.strategy.stats;
  used.same(stats.probes, fresh.strategy.stats.probes, 'stats.probes');
  used.same(stats.rotations, fresh.strategy.stats.rotations, 'stats.rotations');
}

function sameLog(left: Checked, right: Checked): void {
  const both = Math.min(left.log.length, right.log.length);
  for (let i = 0; i < both; i++) left.same(left.log[i]!, right.log[i]!, `answer ${i}`);
  left.same(left.log.length, right.log.length, 'the number of answers');
}
