import type { Checked } from './checked.ts';
import type { KeyPattern } from './keys.ts';
import { Random } from './random.ts';

/** One random run. */
export interface Drive {
  readonly seed: number;
  readonly steps: number;
  readonly pattern: KeyPattern;
  /** Also peek at random between the steps. */
  readonly peeks: boolean;
  /** Also clear now and then. */
  readonly clears: boolean;
}

/**
 * Drives a checked strategy with random operations. The operations depend on the seed and the answers only, so a deterministic strategy sees the same ones in
 * every run. Pins come in waves: there are stretches without any, and stretches in which everything ends up pinned and places overflow.
 */
export function drive(checked: Checked, { seed, steps, pattern, peeks, clears }: Drive): void {
  const random = new Random(seed);
  const aside = new Random(seed + 1);
  const capacity = checked.strategy.capacity;
  const range = capacity * 2 + 6;
  const every = capacity <= 8 ? 1 : 16;
  const key = (): number => {
    // Half of the uses go to a quarter of the keys, so that policies have something to learn.
    const i = random.below(2) === 0 ? random.below(range) : random.below(Math.ceil(range / 4));
    return pattern.at(i, capacity);
  };
  let pinning = 0;
  for (let step = 0; step < steps; step++) {
    if (step % 64 === 0) pinning = random.pick([0, 1, 4, 8]);
    const use = key();
    const what = random.below(24);
    if (what < 12) access(checked, use, random.below(8) < pinning);
    else if (what < 14) checked.find(use);
    else if (what < 15) removeOne(checked, random);
    else if (what < 16 && clears && random.below(20) === 0) checked.clear();
    else if (what < 18) pinOne(checked, random);
    else if (checked.pins.size > 0 && random.below(9) >= pinning) {
      checked.unpin(random.pick([...checked.pins.keys()]));
    } else access(checked, use, false);
    if (peeks) {
      for (let n = aside.below(4); n > 0; n--) {
        checked.peek(pattern.at(aside.below(range), capacity));
      }
    }
    // Waves end before overflow entries are many: they are searched one by one.
    if (checked.slots.size > capacity + 12) checked.unpinAll();
    if (step % every === 0) checked.checkAll();
  }
  checked.checkAll();
}

/** One access as a cache makes it: find, place at a miss, perhaps hold on to it. */
function access(checked: Checked, key: number, hold: boolean): void {
  let slot = checked.keys.get(key);
  if (slot === undefined) slot = checked.place(key);
  else checked.find(key);
  if (hold) checked.pin(slot);
}

function pinOne(checked: Checked, random: Random): void {
  if (checked.slots.size > 0) checked.pin(random.pick([...checked.slots.keys()]));
}

function removeOne(checked: Checked, random: Random): void {
  const free = [...checked.slots.keys()].filter((slot) => !checked.pins.has(slot));
  if (free.length > 0) checked.remove(random.pick(free));
}
