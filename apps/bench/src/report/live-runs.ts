import type { Comparison, LiveCounts, Run } from '../experiment/result.ts';
import { formatCount } from './units.ts';

/** A run that was driven. */
export type LiveRun = Run & { readonly live: LiveCounts };

/** The runs of a comparison that the live driver made as well. */
export function liveRuns({ drive, runs }: Comparison): LiveRun[] {
  if (drive === undefined) return [];
  return (drive.runs ?? runs).filter((run): run is LiveRun => run.live !== undefined);
}

/** Whether driver and simulator agree, in a sentence; undefined when nothing was driven. */
export function liveSentence(comparison: Comparison): string | undefined {
  const { drive } = comparison;
  const { length } = liveRuns(comparison);
  if (drive === undefined || length === 0) return undefined;
  const runs = length === 1 ? 'the one run' : `all ${formatCount(length)} runs`;
  const different = drive.differences.length;
  return different === 0
    ? `Deciding in the live QCOW2 driver, the strategies counted the simulator's hits, misses and evictions exactly, in ${runs}.`
    : `The live QCOW2 driver and the simulator DIFFER in ${formatCount(different)} of ${formatCount(length)} runs: ${drive.differences[0]}.`;
}

/** How the live runs were made, in a sentence. */
export function liveMethod({ drive }: Comparison): string {
  const how =
    drive?.ops === 'read'
      ? 'every request as a read'
      : 'reads as reads and writes as writes, allocation and refcounts included';
  const where =
    drive?.image === 'memory' ? 'an image in memory' : `the image file ${drive?.image ?? ''}`;
  return `The driver replayed the trace on ${where}, ${how}; the simulator repeated the look-ups that it made.`;
}
