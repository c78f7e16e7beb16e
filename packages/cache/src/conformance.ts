/**
 * The contract of {@link CacheStrategy} as a test suite, for any test runner. Needs nothing but the two functions it is given.
 * @module
 */
import {
  clearStartsOver,
  fillsEverySlot,
  overflowsWhenPinned,
  peekIsNoUse,
  refusesMisuse,
  startsEmpty,
} from './conformance/cases.ts';
import { Checked } from './conformance/checked.ts';
import { drive } from './conformance/drive.ts';
import { KEY_PATTERNS } from './conformance/keys.ts';
import type { CacheStrategy } from './strategy.ts';

/** What the suite needs of a test runner: vitest's, mocha's, jest's and `node:test`'s functions fit. */
export interface ConformanceRunner {
  describe(name: string, body: () => void): unknown;
  it(name: string, body: () => void): unknown;
}

/** How to run the suite. */
export interface ConformanceOptions {
  /** A key may live in any slot, so nothing is evicted and nothing overflows while a slot is free. Default true; false for sets and direct mapping. */
  readonly fullyAssociative?: boolean;
  /** Capacities to make and test. Default {@link CONFORMANCE_DEFAULTS}. */
  readonly capacities?: readonly number[];
  /** Random runs for each capacity and key pattern. Default 3. */
  readonly runs?: number;
  /** Operations of a run. Default 1500. */
  readonly steps?: number;
}

/** What {@link strategyConformance} does when it is not told. */
export const CONFORMANCE_DEFAULTS = {
  fullyAssociative: true,
  capacities: [1, 2, 3, 7, 64],
  runs: 3,
  steps: 1500,
} as const satisfies Required<ConformanceOptions>;

/**
 * Declares tests that hold a strategy against a plain model: a key is in one slot and stays there; pinned entries are never evicted, moved or removed; pinned-full
 * places overflow and overflow entries leave at their last unpin; hits, misses, evictions and overflows are exact; a peek is no use; `clear` starts over;
 * misuse is a `RangeError` that changes nothing. A failure names capacity, seed and step.
 *
 * @param make makes a new strategy with exactly this many slots
 */
export function strategyConformance(
  make: (capacity: number) => CacheStrategy,
  runner: ConformanceRunner,
  options: ConformanceOptions = {},
): void {
  const { fullyAssociative, capacities, runs, steps } = { ...CONFORMANCE_DEFAULTS, ...options };
  for (const capacity of capacities) {
    const checked = (label = ''): Checked =>
      new Checked(make(capacity), fullyAssociative, `capacity ${capacity}${label}`);
    runner.describe(`strategy conformance, capacity ${capacity}`, () => {
      runner.it('starts empty', () => startsEmpty(checked(), capacity));
      if (fullyAssociative) {
        runner.it('fills every slot before it evicts', () => fillsEverySlot(checked()));
      }
      for (const pattern of KEY_PATTERNS) {
        runner.it(`agrees with a plain model, keys: ${pattern.name}`, () => {
          for (let seed = 1; seed <= runs; seed++) {
            const label = `, keys ${pattern.name}, seed ${seed}`;
            drive(checked(label), { seed, steps, pattern, peeks: true, clears: true });
          }
        });
      }
      runner.it('overflows when all is pinned', () => overflowsWhenPinned(checked()));
      runner.it('does not take a peek for a use', () => peekIsNoUse(checked, steps));
      runner.it('starts over after clear', () => clearStartsOver(checked, steps));
      runner.it('refuses misuse with a RangeError that changes nothing', () =>
        refusesMisuse(checked()),
      );
    });
  }
}
