import os from 'node:os';
import type { Progress } from '../progress.ts';
import { strategyNames } from '../strategies/registry.ts';
import { OP_DISCARD, OP_READ, OP_WRITE, OP_ZERO, readTrace } from '../traces/index.ts';
import type { Trace } from '../traces/index.ts';
import { commandLineOf } from './command-line-of.ts';
import { countDistinct } from './distinct.ts';
import { environmentNow } from './environment.ts';
import type { Mapping } from './mapping.ts';
import type { Comparison, TraceSummary } from './result.ts';
import { mapKeys, runAll } from './run-all.ts';
import { defaultSizes } from './sizes.ts';

/** What a comparison is made of. */
export interface ComparisonOptions {
  readonly trace: string;
  /** Trace format; recognised from name and content when absent. */
  readonly format?: string;
  readonly maps: readonly Mapping[];
  /** Default: all. */
  readonly strategies?: readonly string[];
  /** Cache sizes in tables. Default: powers of two up to one that holds every table of the trace, for each mapping. */
  readonly tables?: readonly number[];
  /** Milliseconds of timed replays for each run; 0 for counts only, which run in parallel. Default 25. */
  readonly timingMs?: number;
}

/** The default of `timingMs`. */
export const TIMING_MS = 25;

/** Reads the trace and replays it through every strategy at every size under every mapping. */
export async function compareStrategies(
  options: ComparisonOptions,
  progress: Progress,
): Promise<Comparison> {
  return compareOn(await readWithProgress(options, progress), options, progress);
}

/** {@link compareStrategies} on a trace that has been read. */
export async function compareOn(
  trace: Trace,
  options: ComparisonOptions,
  progress: Progress,
): Promise<Comparison> {
  const environment = environmentNow();
  const strategies = options.strategies ?? strategyNames;
  const tables = new Map(
    options.maps.map((map) => [
      map.name,
      options.tables ?? defaultSizes(countDistinct(mapKeys(trace, map).keys)),
    ]),
  );
  const timingMs = options.timingMs ?? TIMING_MS;
  let total = 0;
  for (const sizes of tables.values()) total += sizes.length * strategies.length;

  progress.start('replaying', total);
  try {
    const plan = { maps: options.maps, strategies, tables, timingMs };
    const threads = os.availableParallelism();
    const found = await runAll(trace, { ...plan, threads }, (done) => progress.update(done));
    return {
      trace: summaryOf(trace),
      ...found,
      environment,
      command: commandLineOf(
        'simulate',
        { ...options, strategies },
        timingMs === 0 ? ['--no-timing'] : [],
      ),
    };
  } finally {
    progress.stop();
  }
}

/** Reads the trace with a bar. */
export async function readWithProgress(
  options: Pick<ComparisonOptions, 'trace' | 'format'>,
  progress: Progress,
): Promise<Trace> {
  let started = false;
  try {
    return await readTrace(options.trace, {
      format: options.format,
      onProgress(read, total) {
        if (!started) progress.start('reading', total);
        started = true;
        progress.update(read);
      },
    });
  } finally {
    if (started) progress.stop();
  }
}

/** What is said about a trace in results. */
export function summaryOf(trace: Trace): TraceSummary {
  const perOp = [0, 0, 0, 0];
  let bytes = 0;
  for (let i = 0; i < trace.requests; i++) {
    perOp[trace.ops[i]!]!++;
    bytes += trace.lengths[i]!;
  }
  return {
    name: trace.name,
    format: trace.format,
    sha256: trace.sha256,
    requests: trace.requests,
    reads: perOp[OP_READ]!,
    writes: perOp[OP_WRITE]!,
    discards: perOp[OP_DISCARD]! + perOp[OP_ZERO]!,
    devices: trace.deviceCount,
    bytes,
    span: trace.span,
    ignored: trace.ignored,
  };
}
