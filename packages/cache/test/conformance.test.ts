import { strategyConformance } from '@q/cache/conformance';
import { describe, expect, it } from 'vitest';
import { SimpleLru } from './support/simple-lru.ts';
import { verdict } from './support/verdict.ts';

strategyConformance((capacity) => new SimpleLru(capacity), { describe, it });

/** Broken strategies, each with the word that the suite's complaint must have in it. */
const MUTANTS: Record<string, [new (capacity: number) => SimpleLru, RegExp]> = {
  'evicts a pinned slot': [
    class extends SimpleLru {
      protected override victim(): number {
        return Math.max(0, super.victim());
      }
    },
    /pinned and was given away/,
  ],
  'forgets to count evictions': [
    class extends SimpleLru {
      override place(key: number): number {
        const before = this.stats.evictions;
        const slot = super.place(key);
        this.stats.evictions = before;
        return slot;
      }
    },
    /stats\.evictions is 0, expected 1/,
  ],
  'counts a peek': [
    class extends SimpleLru {
      override peek(key: number): number {
        const slot = super.peek(key);
        if (slot >= 0) this.stats.hits++;
        return slot;
      }
    },
    /stats\.hits/,
  ],
  'takes a peek for a use': [
    class extends SimpleLru {
      override peek(key: number): number {
        const slot = super.peek(key);
        if (slot >= 0 && slot < this.capacity) this.used[slot] = ++this.now;
        return slot;
      }
    },
    /answer \d+ is/,
  ],
  'keeps state over clear': [
    class extends SimpleLru {
      private extra = 0;
      override find(key: number): number {
        this.extra++;
        return super.find(key);
      }
      protected override victim(): number {
        const slot = super.victim();
        const next = (slot + 1) % this.capacity;
        const free = slot >= 0 && this.keyAt(slot) !== -1 && this.pins.count(next) === 0;
        return free && this.extra > 400 ? next : slot;
      }
    },
    /answer \d+ is|stats\.probes is/,
  ],
  'evicts while slots are empty': [
    class extends SimpleLru {
      protected override victim(): number {
        return this.pins.count(0) === 0 ? 0 : super.victim();
      }
    },
    /although \d+ slots are empty/,
  ],
  'overflows while slots are free': [
    class extends SimpleLru {
      protected override victim(): number {
        const pinned = this.pins.counts.reduce((sum, count) => sum + count, 0);
        return pinned > 1 ? -1 : super.victim();
      }
    },
    /although \d+ slots are not pinned/,
  ],
  'keeps an overflow entry after its last unpin': [
    class extends SimpleLru {
      override unpin(slot: number): void {
        if (slot >= this.capacity && this.pins.count(slot) === 1) {
          const key = this.keyAt(slot);
          super.unpin(slot);
          this.pins.overflow(key, this.stats);
          this.stats.overflows--;
        } else super.unpin(slot);
      }
    },
    /overflow slot|slot found|slot peeked/,
  ],
  'loses a key when another is removed': [
    class extends SimpleLru {
      override remove(slot: number): void {
        super.remove(slot);
        const other = (slot + 1) % this.capacity;
        if (slot < this.capacity && this.keyAt(other) !== -1 && this.pins.count(other) === 0) {
          super.remove(other);
        }
      }
    },
    /the slot|the key at slot|is empty/,
  ],
  'removes a pinned slot': [
    class extends SimpleLru {
      override remove(slot: number): void {
        if (this.keyAt(slot) === -1) throw new RangeError('empty');
        if (slot < this.capacity) this.index.delete(slot);
      }
    },
    /remove of a pinned slot\): did not throw/,
  ],
  'accepts a key that is cached': [
    class extends SimpleLru {
      override place(key: number): number {
        const slot = this.peek(key);
        return slot < 0 ? super.place(key) : slot;
      }
    },
    /place of a cached key\): did not throw/,
  ],
  'throws the wrong type': [
    class extends SimpleLru {
      override unpin(slot: number): void {
        if (this.pins.count(slot) === 0) throw new Error('no pin');
        super.unpin(slot);
      }
    },
    /not a RangeError/,
  ],
  'confuses keys with equal low words': [
    class extends SimpleLru {
      override find(key: number): number {
        return super.find(key % 2 ** 32);
      }
      override place(key: number): number {
        return super.place(key % 2 ** 32);
      }
    },
    /equal low words/,
  ],
  'takes key 0 for empty': [
    class extends SimpleLru {
      override keyAt(slot: number): number {
        return super.keyAt(slot) || -1;
      }
    },
    /is -1, expected 0/,
  ],
  'hands out distant overflow slots': [
    class extends SimpleLru {
      override place(key: number): number {
        const slot = super.place(key);
        return slot >= this.capacity ? slot + 10 : slot;
      }
    },
    /overflow slot \d+ although \d+ or less is free/,
  ],
};

describe('the suite itself', () => {
  for (const [what, [Mutant, complaint]] of Object.entries(MUTANTS)) {
    it(`fails a strategy that ${what}`, () => {
      const failures = verdict((capacity) => new Mutant(capacity), {
        capacities: [2, 7],
        runs: 1,
        steps: 800,
      });
      expect([...failures.values()].join('\n')).toMatch(complaint);
    });
  }

  it('names strategy, capacity, keys, seed and step in a failure', () => {
    const [Mutant] = MUTANTS['forgets to count evictions']!;
    const failures = verdict((capacity) => new Mutant(capacity), { capacities: [3] });
    expect(failures.get('agrees with a plain model, keys: dense')).toMatch(
      /^simple-lru, capacity 3, keys dense, seed 1, step \d+ \(place \d+\): stats\.evictions is 0, expected 1$/,
    );
  });

  it('passes a direct-mapped strategy only when told that it is not fully associative', () => {
    class Direct extends SimpleLru {
      private at = 0;
      override place(key: number): number {
        this.at = key % this.capacity;
        return super.place(key);
      }
      protected override victim(): number {
        return this.pins.count(this.at) === 0 ? this.at : -1;
      }
    }
    expect(verdict((c) => new Direct(c), { fullyAssociative: false })).toEqual(new Map());
    expect(verdict((c) => new Direct(c), { capacities: [7] }).size).toBeGreaterThan(0);
  });
});
