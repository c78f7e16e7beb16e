import type { Run } from '../experiment/result.ts';
import type { DriveResult } from './drive-job.ts';

/** How driver and simulator differ in a run, as a sentence; undefined when they count the same. */
export function differenceOf(
  { strategy, tables, map }: Pick<Run, 'strategy' | 'tables' | 'map'>,
  { live, simulated, strayed }: DriveResult,
): string | undefined {
  const where = `${strategy} with ${tables} tables (${map})`;
  if (strayed !== null) {
    return `${where}: look-up ${strayed} is of another table than in the recorded sequence, so what the driver asks for depends on the strategy`;
  }
  const told = (counts: Pick<Run, 'hits' | 'misses' | 'evictions'>): string =>
    `${counts.hits} hits, ${counts.misses} misses, ${counts.evictions} evictions`;
  if (told(live) === told(simulated)) return undefined;
  return `${where}: the driver counted ${told(live)}, the simulator ${told(simulated)}`;
}
