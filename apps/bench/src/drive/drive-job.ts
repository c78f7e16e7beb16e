import type { LiveCounts } from '../experiment/result.ts';
import type { ReplayResult } from '../replay/job.ts';
import { runJob } from '../replay/job.ts';
import { createStrategy } from '../strategies/registry.ts';
import type { DriveSource } from './drive-once.ts';
import { driveOnce } from './drive-once.ts';

/** One strategy at one size. */
export interface DriveJob {
  readonly strategy: string;
  readonly tables: number;
}

/** What the driver counted, and what the simulator counts on the recorded sequence. */
export interface DriveResult {
  readonly live: LiveCounts;
  readonly simulated: ReplayResult['stats'];
  /** The first access at which the driver asked for another table than in the recorded sequence, from 0; null when it asked for the same ones. */
  readonly strayed: number | null;
}

/** Drives once with a strategy, and simulates the same strategy on `sequence`. */
export async function driveJob(
  { strategy, tables }: DriveJob,
  source: DriveSource,
  sequence: Float64Array,
): Promise<DriveResult> {
  let at = 0;
  let strayed = -1;
  const deciding = createStrategy(strategy, { tables, future: sequence });
  const live = await driveOnce(source, deciding, (key) => {
    if (key !== sequence[at] && strayed < 0) strayed = at;
    at++;
  });
  if (strayed < 0 && at !== sequence.length) strayed = at;
  const { stats } = runJob({ strategy, tables, timingMs: 0 }, sequence);
  return { live, simulated: stats, strayed: strayed < 0 ? null : strayed };
}
