import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { max, median, min } from 'simple-statistics';
import { openReplayProcess } from '../replay/open-replay.ts';

/** What is measured: every strategy at every size, in `rounds` rounds of `roundMs` milliseconds. */
export interface ReplaySpeedPlan {
  readonly strategies: readonly string[];
  readonly tables: readonly number[];
  readonly rounds: number;
  readonly roundMs: number;
}

/** How fast one strategy replays with one cache size, in accesses a second. */
export interface ReplaySpeed {
  readonly strategy: string;
  readonly tables: number;
  /** Median of the rounds. */
  readonly accessesPerSecond: number;
  /** Slowest and fastest round. */
  readonly range: readonly [number, number];
  readonly nsPerAccess: number;
  /** Of one replay; tells whether two measurements measured the same. */
  readonly misses: number;
}

/**
 * Measures replays in memory: each strategy in a process of its own, one process running at a time. The rounds are interleaved (every
 * strategy once, then every strategy again), so that a machine that slows down slows down all of them; a first round, in which the code is
 * compiled, is left out. The figure of a round is its fastest replay: the work is always the same, so whatever takes longer is something else.
 */
export async function measureReplaySpeed(
  keys: Float64Array,
  plan: ReplaySpeedPlan,
  onRun: (done: number) => void,
): Promise<ReplaySpeed[]> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'q-bench-'));
  const keysFile = path.join(folder, 'keys');
  await writeFile(keysFile, keys);
  const processes = plan.strategies.map((strategy) => ({
    strategy,
    isolate: openReplayProcess(keysFile),
  }));
  const found = processes.flatMap(({ strategy, isolate }) =>
    plan.tables.map((tables) => ({ strategy, isolate, tables, misses: 0, ns: [] as number[] })),
  );
  try {
    let done = 0;
    for (let round = 0; round <= plan.rounds; round++) {
      for (const each of found) {
        const { strategy, tables } = each;
        const result = await each.isolate.run({ strategy, tables, timingMs: plan.roundMs });
        each.misses = result.stats.misses;
        if (round > 0) each.ns.push(min([...result.nsPerAccess]));
        onRun(++done);
      }
    }
  } finally {
    await Promise.all(processes.map(({ isolate }) => isolate.close()));
    await rm(folder, { recursive: true, force: true });
  }
  return found.map(({ strategy, tables, misses, ns }) => ({
    strategy,
    tables,
    accessesPerSecond: Math.round(1e9 / median(ns)),
    range: [Math.round(1e9 / max(ns)), Math.round(1e9 / min(ns))],
    nsPerAccess: Math.round(median(ns) * 100) / 100,
    misses,
  }));
}
