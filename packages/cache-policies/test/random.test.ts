import { expect, it } from 'vitest';
import { random } from '../src/random.ts';
import { replay } from './support/replay.ts';

const keys = Array.from({ length: 4000 }, (_, i) => Math.floor(((i * i) % 997) / 7));

it('evicts the same for the same seed, otherwise for another, and starts over after clear', () => {
  const first = random({ tables: 40, seed: 7 });
  const misses = replay(first, keys);
  expect(replay(random({ tables: 40, seed: 7 }), keys)).toBe(misses);
  expect(replay(random({ tables: 40, seed: 8 }), keys)).not.toBe(misses);
  first.clear();
  expect(replay(first, keys)).toBe(misses);
});

it('evicts every slot about equally often', () => {
  const strategy = random({ tables: 16 });
  const evictions = Array.from({ length: 16 }, () => 0);
  for (let key = 0; key < 16 + 16_000; key++) {
    strategy.find(key);
    const slot = strategy.place(key);
    if (key >= 16) evictions[slot]!++;
  }
  // 1000 each are expected, with a standard deviation of 31.
  for (const count of evictions) expect(Math.abs(count - 1000)).toBeLessThan(160);
});

it('evicts what a replay without pins evicts when every pin is given back at once', () => {
  const plain = random({ tables: 40 });
  const pinned = random({ tables: 40 });
  for (const key of keys) {
    if (plain.find(key) < 0) plain.place(key);
    let slot = pinned.find(key);
    if (slot < 0) slot = pinned.place(key);
    pinned.pin(slot);
    pinned.unpin(slot);
  }
  expect(pinned.stats).toEqual(plain.stats);
});
