import type { CowShape, CowWorkload } from './workload.ts';

/** Requests of one kind to one file, and their bytes. */
export interface Traffic {
  requests: number;
  bytes: number;
}

/** What one writer did to the files. All but `seconds` is counted. */
export interface CowFigures {
  /** Old bytes read, to be copied. */
  readonly cowRead: number;
  /** Copied bytes written. */
  readonly cowWritten: number;
  readonly fileReads: Traffic;
  readonly fileWrites: Traffic;
  readonly backingReads: Traffic;
  /** From the first request to the end of the last flush. */
  readonly seconds: number;
}

/** One writer: the driver in one of its ways, or QEMU. */
export interface CowRun {
  readonly writer: 'driver' | 'qemu-img bench';
  /** How the files complete requests: in the call, or later, so that requests really are in flight. */
  readonly files: 'sync' | 'async';
  /** Whether a request may take over what an earlier one was going to copy. QEMU cannot. */
  readonly takeOver: boolean;
  /** Undefined where it could not be run; `note` then says why. */
  readonly figures?: CowFigures;
  readonly note?: string;
}

/** All that `q-bench cow` found; what `--json` writes. */
export interface CowResult {
  readonly workload: CowWorkload;
  readonly shape: CowShape;
  readonly runs: readonly CowRun[];
}

/** Copied bytes that somebody could have saved: all but those at the end of the written range. */
export function interiorOf({ edgeBytes }: CowShape, bytes: number): number {
  return Math.max(0, bytes - edgeBytes);
}

/** No traffic yet. */
export function noTraffic(): Traffic {
  return { requests: 0, bytes: 0 };
}

/** Adds a request. */
export function addTo(traffic: Traffic, bytes: number): void {
  traffic.requests++;
  traffic.bytes += bytes;
}
