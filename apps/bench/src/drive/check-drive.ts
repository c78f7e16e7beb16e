import os from 'node:os';
import type { Mapping } from '../experiment/mapping.ts';
import type { Comparison, Drive } from '../experiment/result.ts';
import type { Progress } from '../progress.ts';
import type { Trace } from '../traces/index.ts';
import { driveAll } from './drive-all.ts';

/** One strategy of each kind: a tree, sets, a policy of its own, and the bound, which throws as soon as it is asked for anything else than announced. */
const STRATEGIES = ['lru-rbtree', 'set-assoc-8', 'sieve', 'belady'];

/**
 * Drives a comparison's trace with a few strategies under its first mapping, at the smallest of its sizes and one in the middle, as a check that the live driver counts as
 * the simulator does.
 */
export async function checkDrive(
  trace: Trace,
  map: Mapping,
  { runs }: Comparison,
  progress: Progress,
): Promise<Drive> {
  const sizes = runs.filter((run) => run.map === map.name).map((run) => run.tables);
  const sorted = [...new Set(sizes)].sort((a, b) => a - b);
  const tables = [...new Set([sorted[0]!, sorted[Math.floor(sorted.length / 2)]!])];
  progress.start('driving', STRATEGIES.length * tables.length);
  try {
    const plan = {
      maps: [map],
      strategies: STRATEGIES,
      tables,
      ops: 'rw',
      threads: os.availableParallelism(),
    } as const;
    const driven = await driveAll(trace, plan, (done) => progress.update(done));
    return { ...driven.drive, runs: driven.runs };
  } finally {
    progress.stop();
  }
}
