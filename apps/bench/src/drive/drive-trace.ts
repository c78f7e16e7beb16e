import { existsSync } from 'node:fs';
import os from 'node:os';
import { commandLineOf } from '../experiment/command-line-of.ts';
import { readWithProgress, summaryOf } from '../experiment/compare-strategies.ts';
import { environmentNow } from '../experiment/environment.ts';
import type { Mapping } from '../experiment/mapping.ts';
import type { Comparison } from '../experiment/result.ts';
import type { Progress } from '../progress.ts';
import { strategyNames } from '../strategies/registry.ts';
import type { DriveOps } from './disk-requests.ts';
import { driveAll } from './drive-all.ts';

/** What is driven. */
export interface DriveOptions {
  readonly trace: string;
  /** Trace format; recognised from name and content when absent. */
  readonly format?: string;
  /** Of `drivenMappingOf`. */
  readonly maps: readonly Mapping[];
  /** Default: all. */
  readonly strategies?: readonly string[];
  /** Cache sizes in tables. Default: powers of two up to one that holds every table the driver asks for. */
  readonly tables?: readonly number[];
  /** Default `rw`. */
  readonly ops?: DriveOps;
  /** A file for the image, which must not exist. Default: in memory. */
  readonly image?: string;
}

/** Reads the trace and replays it through the live driver with every strategy at every size under every mapping, and through the simulator on the same accesses. */
export async function driveTrace(options: DriveOptions, progress: Progress): Promise<Comparison> {
  const { maps, tables, image, ops = 'rw', strategies = strategyNames } = options;
  if (image !== undefined && existsSync(image)) {
    throw new Error(`${image} exists; --image makes a file of its own, name one that does not`);
  }
  const environment = environmentNow();
  const trace = await readWithProgress(options, progress);
  const plan = {
    maps,
    strategies,
    ops,
    threads: os.availableParallelism(),
    ...(tables && { tables }),
    ...(image !== undefined && { imageFile: image }),
  };
  let started = false;
  try {
    const driven = await driveAll(trace, plan, (done, total) => {
      if (!started) progress.start('driving', total);
      started = true;
      progress.update(done);
    });
    const words = ops === 'rw' ? [] : [`--ops ${ops}`];
    return {
      trace: summaryOf(trace),
      ...driven,
      environment,
      command: commandLineOf('drive', { ...options, strategies }, words),
    };
  } finally {
    if (started) progress.stop();
  }
}
