import { quantile } from 'simple-statistics';
import type { ReplayResult } from '../replay/job.ts';
import { openReplayThread } from '../replay/open-replay.ts';
import { keysOf } from '../traces/index.ts';
import type { Trace } from '../traces/index.ts';
import { countDistinct } from './distinct.ts';
import type { Mapping } from './mapping.ts';
import type { Run, Unlimited } from './result.ts';

/** What is to be replayed: every strategy at every size under every mapping. */
export interface Plan {
  readonly maps: readonly Mapping[];
  readonly strategies: readonly string[];
  /** Cache sizes in tables, for each mapping by its name. */
  readonly tables: ReadonlyMap<string, readonly number[]>;
  /** Milliseconds for the time of each run; 0 counts only, on `threads` threads at once. */
  readonly timingMs: number;
  readonly threads: number;
}

/** Called after each run with the number of runs done. */
export type OnRun = (done: number) => void;

/** The keys of one mapping, in memory that replay threads share. */
export interface MappedKeys {
  readonly map: Mapping;
  readonly keys: Float64Array<SharedArrayBuffer>;
}

/** Maps the trace to the keys of its tables. */
export function mapKeys(trace: Trace, map: Mapping): MappedKeys {
  const own = keysOf(trace, map.span);
  const keys = new Float64Array(new SharedArrayBuffer(own.byteLength));
  keys.set(own);
  return { map, keys };
}

/** Replays the plan. Runs come back ordered by mapping, strategy and size as the plan has them, however many threads there were. */
export async function runAll(
  trace: Trace,
  plan: Plan,
  onRun: OnRun,
): Promise<{ runs: Run[]; unlimited: Unlimited[] }> {
  const runs: Run[] = [];
  const unlimited: Unlimited[] = [];
  let done = 0;
  for (const map of plan.maps) {
    const mapped = mapKeys(trace, map);
    unlimited.push(unlimitedOf(mapped));
    const found = new Map<string, Run[]>();
    const waiting = [...plan.strategies];
    const workOff = async (): Promise<void> => {
      for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
        const ofName = await runStrategy(trace, mapped, name, plan, () => onRun(++done));
        found.set(name, ofName);
      }
    };
    const threads = plan.timingMs === 0 ? Math.min(plan.threads, waiting.length) : 1;
    await Promise.all(Array.from({ length: threads }, workOff));
    for (const name of plan.strategies) runs.push(...found.get(name)!);
  }
  return { runs, unlimited };
}

async function runStrategy(
  trace: Trace,
  { map, keys }: MappedKeys,
  strategy: string,
  plan: Plan,
  onRun: () => void,
): Promise<Run[]> {
  const thread = openReplayThread(keys.buffer);
  try {
    const runs: Run[] = [];
    for (const tables of plan.tables.get(map.name)!) {
      const result = await thread.run({ strategy, tables, timingMs: plan.timingMs });
      runs.push(toRun(trace, map, keys.length, strategy, tables, result));
      onRun();
    }
    return runs;
  } finally {
    await thread.close();
  }
}

/** A run from what was counted and timed. */
export function toRun(
  trace: Trace,
  map: Mapping,
  accesses: number,
  strategy: string,
  tables: number,
  { stats, nsPerAccess }: ReplayResult,
): Run {
  const times = [...nsPerAccess];
  return {
    strategy,
    tables,
    map: map.name,
    span: map.span,
    tableBytes: map.tableBytes,
    requests: trace.requests,
    accesses,
    hits: stats.hits,
    misses: stats.misses,
    evictions: stats.evictions,
    bytesLoaded: stats.misses * map.tableBytes,
    probes: stats.probes,
    rotations: stats.rotations,
    nsPerAccess: times.length === 0 ? null : hundredths(quantile(times, 0.5)),
    nsQuartiles:
      times.length === 0
        ? null
        : [hundredths(quantile(times, 0.25)), hundredths(quantile(times, 0.75))],
  };
}

const hundredths = (x: number): number => Math.round(x * 100) / 100;

/** What an unlimited cache would do. */
export function unlimitedOf({ map, keys }: MappedKeys): Unlimited {
  const misses = countDistinct(keys);
  return {
    map: map.name,
    span: map.span,
    tableBytes: map.tableBytes,
    accesses: keys.length,
    misses,
    bytesLoaded: misses * map.tableBytes,
  };
}
