import type { Comparison, Run, Unlimited } from '../experiment/result.ts';
import { familyOf, REFERENCE_STRATEGY } from '../strategies/registry.ts';

/** The runs of one mapping, in the forms that tables and plots need. */
export interface RunsOfMap {
  readonly map: string;
  readonly span: number;
  readonly tableBytes: number;
  readonly accesses: number;
  readonly unlimited: Unlimited;
  readonly runs: readonly Run[];
  /** In the order of the run. */
  readonly strategies: readonly string[];
  /** Ascending. */
  readonly sizes: readonly number[];
  /** The strategy that the others are measured against: `lru-rbtree` when it was run, else the first that is not a bound. */
  readonly reference: string | undefined;
  /** The size that is shown in detail: where Belady's bound leaves the reference most to gain, by ratio; without Belady the middle one. */
  readonly tellingSize: number;
}

/** Groups the runs of a comparison by mapping. */
export function runsByMap(comparison: Comparison): RunsOfMap[] {
  return comparison.unlimited.map((unlimited) => {
    const runs = comparison.runs.filter((run) => run.map === unlimited.map);
    const strategies = [...new Set(runs.map((run) => run.strategy))];
    const sizes = [...new Set(runs.map((run) => run.tables))].sort((a, b) => a - b);
    const real = strategies.filter((name) => familyOf(name) !== 'bound');
    const reference = real.includes(REFERENCE_STRATEGY) ? REFERENCE_STRATEGY : real[0];
    const { map, span, tableBytes, accesses } = unlimited;
    const group = { map, span, tableBytes, accesses, unlimited, runs, strategies, sizes };
    return { ...group, reference, tellingSize: tellingSize(runs, sizes, reference) };
  });
}

/** The run of `strategy` at `tables`. */
export function runAt(group: RunsOfMap, strategy: string, tables: number): Run | undefined {
  return group.runs.find((run) => run.strategy === strategy && run.tables === tables);
}

function tellingSize(
  runs: readonly Run[],
  sizes: readonly number[],
  reference: string | undefined,
): number {
  const missesOf = (strategy: string | undefined, tables: number): number | undefined =>
    runs.find((run) => run.strategy === strategy && run.tables === tables)?.misses;
  let best = sizes[Math.floor((sizes.length - 1) / 2)]!;
  let most = 1;
  for (const tables of sizes) {
    const gain = (missesOf(reference, tables) ?? 1) / (missesOf('belady', tables) ?? Infinity);
    if (gain > most) {
      most = gain;
      best = tables;
    }
  }
  return best;
}
