import type { Comparison } from '../experiment/result.ts';
import { bareTable } from './bare-table.ts';
import type { LiveRun } from './live-runs.ts';
import { liveMethod, liveRuns } from './live-runs.ts';
import { runsByMap } from './runs-of-map.ts';
import { formatBytes, formatCount } from './units.ts';
import { wrapped } from './wrapped.ts';

/** A table with more rows than these shows the telling size only. */
const MOST_ROWS = 16;

/** Driver beside simulator, a table for each mapping, as lines; none when nothing was driven. */
export function liveTables(comparison: Comparison): string[] {
  const runs = liveRuns(comparison);
  if (runs.length === 0) return [];
  const lines = ['', ...wrapped(liveMethod(comparison), 96)];
  for (const { map, tellingSize } of runsByMap(comparison)) {
    const ofMap = runs.filter((run) => run.map === map);
    const shown =
      ofMap.length <= MOST_ROWS ? ofMap : ofMap.filter((run) => run.tables === tellingSize);
    if (shown.length > 0) lines.push('', tableOf(map, shown));
  }
  return lines;
}

function tableOf(map: string, runs: readonly LiveRun[]): string {
  const table = bareTable([
    `live, ${map}`,
    'tables',
    'misses',
    'simulated',
    'evictions',
    'simulated',
    'loaded',
    'written',
    'flushes',
    'pinned',
  ]);
  for (const { strategy, tables, misses, evictions, live } of runs) {
    table.push([
      strategy,
      formatCount(tables),
      formatCount(live.misses),
      formatCount(misses),
      formatCount(live.evictions),
      formatCount(evictions),
      formatBytes(live.bytesLoaded),
      formatBytes(live.bytesWritten),
      formatCount(live.forcedFlushes),
      formatCount(live.peakPinned),
    ]);
  }
  return table.toString();
}
