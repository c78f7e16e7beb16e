import path from 'node:path';
import { countDistinct } from '../experiment/distinct.ts';
import type { Mapping } from '../experiment/mapping.ts';
import type { Drive, Run, Unlimited } from '../experiment/result.ts';
import { toRun, unlimitedOf } from '../experiment/run-all.ts';
import { defaultSizes } from '../experiment/sizes.ts';
import { openThread } from '../replay/isolate.ts';
import type { Trace } from '../traces/index.ts';
import type { DriveOpen } from './child.ts';
import { differenceOf } from './differences.ts';
import type { DriveOps } from './disk-requests.ts';
import { diskRequestsOf } from './disk-requests.ts';
import type { DriveJob, DriveResult } from './drive-job.ts';
import type { DriveSource } from './drive-once.ts';
import { recordSequence } from './record-sequence.ts';

/** What is to be driven: every strategy at every size under every mapping. */
export interface DrivePlan {
  /** Of `drivenMappingOf`. */
  readonly maps: readonly Mapping[];
  readonly strategies: readonly string[];
  /** Cache sizes in tables; without it powers of two up to one that holds every table the driver asks for. */
  readonly tables?: readonly number[];
  readonly ops: DriveOps;
  /** The image is this file, made anew for each run; in memory when absent. */
  readonly imageFile?: string;
  /** How many runs at once; an image file allows one. */
  readonly threads: number;
}

/** What was driven. */
export interface Driven {
  readonly runs: Run[];
  readonly unlimited: Unlimited[];
  readonly drive: Drive;
}

/**
 * Replays a trace through the live driver, each strategy in a thread of its own, and through the simulator on the same accesses. `onRun` is told how many runs are
 * done, of how many. Differences are findings, not errors: they are in `drive.differences`.
 */
export async function driveAll(
  trace: Trace,
  plan: DrivePlan,
  onRun: (done: number, total: number) => void,
): Promise<Driven> {
  const requests = diskRequestsOf(trace, plan.ops);
  const runs: Run[] = [];
  const unlimited: Unlimited[] = [];
  const differences: string[] = [];
  for (const [nth, map] of plan.maps.entries()) {
    const source: DriveSource = {
      requests,
      map,
      ...(plan.imageFile !== undefined && { imageFile: plan.imageFile }),
    };
    const sequence = await recordSequence(source);
    const sizes = plan.tables ?? defaultSizes(countDistinct(sequence));
    unlimited.push(unlimitedOf({ map, keys: sequence }));
    const perMap = sizes.length * plan.strategies.length;
    let done = 0;
    const found = await driveStrategies({ source, sequence }, plan, sizes, () =>
      onRun(nth * perMap + ++done, plan.maps.length * perMap),
    );
    for (const strategy of plan.strategies) {
      for (const [i, result] of found.get(strategy)!.entries()) {
        const { simulated: stats, live } = result;
        const tables = sizes[i]!;
        const run = toRun(trace, map, sequence.length, strategy, tables, {
          stats,
          nsPerAccess: [],
        });
        runs.push({ ...run, live });
        const difference = differenceOf(run, result);
        if (difference !== undefined) differences.push(difference);
      }
    }
  }
  const image = plan.imageFile === undefined ? 'memory' : path.basename(plan.imageFile);
  return { runs, unlimited, drive: { ops: plan.ops, image, differences } };
}

/** The results of each strategy, one a size. */
async function driveStrategies(
  open: DriveOpen,
  { strategies, threads, imageFile }: DrivePlan,
  sizes: readonly number[],
  onRun: () => void,
): Promise<Map<string, DriveResult[]>> {
  const found = new Map<string, DriveResult[]>();
  const waiting = [...strategies];
  const workOff = async (): Promise<void> => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
      const results: DriveResult[] = [];
      const thread = openThread<DriveOpen, DriveJob, DriveResult>({
        entry: 'drive-child',
        open,
        nameOf: ({ strategy, tables }) => `${strategy} with ${tables} tables in the live driver`,
      });
      try {
        for (const tables of sizes) {
          results.push(await thread.run({ strategy: name, tables }));
          onRun();
        }
      } finally {
        await thread.close();
      }
      found.set(name, results);
    }
  };
  const atOnce = imageFile === undefined ? Math.min(threads, waiting.length) : 1;
  await Promise.all(Array.from({ length: atOnce }, workOff));
  return found;
}
