import type { StrategyStats } from '@q/cache';
import { createStrategy } from '../strategies/registry.ts';
import { processorMs } from './processor-time.ts';
import { replay } from './replay.ts';

/** One strategy at one size, over the keys of the isolate it runs in. */
export interface ReplayJob {
  /** A name of the registry. */
  readonly strategy: string;
  readonly tables: number;
  /** Milliseconds to spend on repeating the replay for its time; 0 counts only. */
  readonly timingMs: number;
}

/** What a replay counted and how long it took. */
export interface ReplayResult {
  readonly stats: StrategyStats;
  /** Nanoseconds an access took, one figure for each timed replay; empty when only counts were asked for. */
  readonly nsPerAccess: readonly number[];
}

const LEAST_REPLAYS = 3;
const LONG_REPLAY_MS = 1000;
const MOST_REPLAYS = 2000;

/**
 * Replays `keys` once for the counts. For the time, replays them again from an empty cache until `timingMs` is spent, three times at
 * least; the first replay, in which the code is compiled, is then left out. A first replay of more than a second is long enough for that not
 * to matter, and is its own figure. The time of emptying the cache is not counted.
 */
export function runJob(job: ReplayJob, keys: Float64Array): ReplayResult {
  const strategy = createStrategy(job.strategy, { tables: job.tables, future: keys });
  const first = processorMs(() => replay(strategy, keys));
  const stats = { ...strategy.stats };
  if (job.timingMs === 0) return { stats, nsPerAccess: [] };
  if (first >= LONG_REPLAY_MS) return { stats, nsPerAccess: [(first * 1e6) / keys.length] };

  const nsPerAccess: number[] = [];
  let spent = 0;
  while (
    nsPerAccess.length < LEAST_REPLAYS ||
    (spent < job.timingMs && nsPerAccess.length < MOST_REPLAYS)
  ) {
    strategy.clear();
    const ms = processorMs(() => replay(strategy, keys));
    if (strategy.stats.misses !== stats.misses) {
      throw new Error(
        `missed ${stats.misses} times in the first replay and ${strategy.stats.misses} times after clear()`,
      );
    }
    spent += ms;
    nsPerAccess.push((ms * 1e6) / keys.length);
  }
  return { stats, nsPerAccess };
}
