import type { Environment } from './environment.ts';

/** The trace that was replayed. */
export interface TraceSummary {
  readonly name: string;
  readonly format: string;
  /** Of the uncompressed bytes. */
  readonly sha256: string;
  readonly requests: number;
  readonly reads: number;
  readonly writes: number;
  /** Discards and writes of zeroes: they touch tables, but move no data. */
  readonly discards: number;
  readonly devices: number;
  /** Bytes that the requests ask for, together. */
  readonly bytes: number;
  /** Bytes of address space: the largest offset + length on any device. */
  readonly span: number;
  /** What of the file is not replayed, by reason. */
  readonly ignored: Readonly<Record<string, number>>;
}

/** One strategy at one size under one mapping. All counts are exact and the same on every machine; times are not. */
export interface Run {
  readonly strategy: string;
  readonly tables: number;
  /** Name of the mapping, or the span in digits. */
  readonly map: string;
  /** Bytes of the guest that one table maps. */
  readonly span: number;
  /** Bytes of one table. */
  readonly tableBytes: number;
  readonly requests: number;
  /** Keys asked for: one for each table that a request touches. */
  readonly accesses: number;
  readonly hits: number;
  readonly misses: number;
  readonly evictions: number;
  /** misses x tableBytes. */
  readonly bytesLoaded: number;
  /** Key comparisons. */
  readonly probes: number;
  readonly rotations: number;
  /** Median of the timed replays; null when times were not asked for. */
  readonly nsPerAccess: number | null;
  /** First and third quartile of the timed replays. */
  readonly nsQuartiles: readonly [number, number] | null;
}

/** What an unlimited cache would do under one mapping: it misses each table once. */
export interface Unlimited {
  readonly map: string;
  readonly span: number;
  readonly tableBytes: number;
  readonly accesses: number;
  readonly misses: number;
  readonly bytesLoaded: number;
}

/** All that a comparison found; what `--json` writes. */
export interface Comparison {
  readonly trace: TraceSummary;
  readonly runs: readonly Run[];
  readonly unlimited: readonly Unlimited[];
  readonly environment: Environment;
  /** The command line that repeats it, where the trace lies in the current folder. */
  readonly command: string;
}
