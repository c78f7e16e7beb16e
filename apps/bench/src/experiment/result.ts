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
  /** What the live driver counted, where the run was driven as well; the other fields are then the simulator's, on the accesses that the driver made. */
  readonly live?: LiveCounts;
}

/** What the driver's L2 cache counted in one run. */
export interface LiveCounts {
  readonly hits: number;
  readonly misses: number;
  readonly evictions: number;
  readonly bytesLoaded: number;
  /** Tables written back, those at the last flush included, and their bytes. */
  readonly writeBacks: number;
  readonly bytesWritten: number;
  /** Flushes that had to be made before a table could be written. */
  readonly forcedFlushes: number;
  /** The most tables that were pinned at once. */
  readonly peakPinned: number;
}

/** A replay through the live driver: how it was done, and whether driver and simulator agree. */
export interface Drive {
  /** `rw`: each request as what it is in the trace; `read`: reads only. */
  readonly ops: 'rw' | 'read';
  /** `memory`, or the file's name. */
  readonly image: string;
  /** One sentence for each run in which driver and simulator differ; empty when they agree. */
  readonly differences: readonly string[];
  /** The driven runs, where `runs` of the comparison are others. */
  readonly runs?: readonly Run[];
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
  /** When the live driver was asked as well. */
  readonly drive?: Drive;
  readonly environment: Environment;
  /** The command line that repeats it, where the trace lies in the current folder. */
  readonly command: string;
}
