import type { CacheStrategy, StrategyStats } from './strategy.ts';

/** A strategy that tells of every find, and leaves all decisions to another. */
class RecordedStrategy implements CacheStrategy {
  readonly name: string;
  readonly capacity: number;
  readonly stats: StrategyStats;
  readonly #strategy: CacheStrategy;
  readonly #sink: (key: number) => void;

  constructor(strategy: CacheStrategy, sink: (key: number) => void) {
    this.name = strategy.name;
    this.capacity = strategy.capacity;
    this.stats = strategy.stats;
    this.#strategy = strategy;
    this.#sink = sink;
  }

  find(key: number): number {
    this.#sink(key);
    return this.#strategy.find(key);
  }

  peek(key: number): number {
    return this.#strategy.peek(key);
  }

  place(key: number): number {
    return this.#strategy.place(key);
  }

  keyAt(slot: number): number {
    return this.#strategy.keyAt(slot);
  }

  pin(slot: number): void {
    this.#strategy.pin(slot);
  }

  unpin(slot: number): void {
    this.#strategy.unpin(slot);
  }

  remove(slot: number): void {
    this.#strategy.remove(slot);
  }

  clear(): void {
    this.#strategy.clear();
  }
}

/**
 * `strategy`, telling `sink` the key of every `find`, in order: the sequence of accesses that a simulation has to repeat to count the same. Use what it returns in place
 * of `strategy`. Peeks are no accesses, and every `place` follows a find.
 */
export function recordKeys(strategy: CacheStrategy, sink: (key: number) => void): CacheStrategy {
  return new RecordedStrategy(strategy, sink);
}
