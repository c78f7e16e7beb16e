import { FORMAT_LIMITS_DEFAULTS } from '@q/format';
import { OP_READ } from '../traces/index.ts';
import type { Trace } from '../traces/index.ts';
import { CLUSTER_BYTES } from './driven-mapping.ts';

/** Guest bytes that one L2 table maps. */
export const L2_TABLE_SPAN = (CLUSTER_BYTES / 8) * CLUSTER_BYTES;

const LARGEST_DISK = (FORMAT_LIMITS_DEFAULTS.l1Bytes / 8) * L2_TABLE_SPAN;

/** What is done with the requests of a trace: `rw` does each as what it is, `read` reads wherever one is. */
export type DriveOps = 'rw' | 'read';

/** A trace as requests to one disk, in memory that threads share. */
export interface DiskRequests {
  /** As in a trace: `OP_READ`, `OP_WRITE`, `OP_DISCARD` or `OP_ZERO`. */
  readonly ops: Uint8Array<SharedArrayBuffer>;
  /** First byte on the disk. */
  readonly starts: Float64Array<SharedArrayBuffer>;
  readonly lengths: Float64Array<SharedArrayBuffer>;
  /** Bytes of the disk. */
  readonly diskSize: number;
}

/**
 * Puts the devices of a trace on one disk: one behind the other in the order of their numbers, each at a multiple of the least power of two that holds the largest of them (and a
 * whole L2 table, so that no two share one). Throws a `RangeError` for a trace without addresses, and for one that needs a larger disk than QCOW2 has.
 */
export function diskRequestsOf(trace: Trace, ops: DriveOps): DiskRequests {
  const reason = whyNotDriven(trace);
  if (reason !== undefined) throw new RangeError(reason);
  const { requests, devices, offsets } = trace;
  const { numbers, stride, diskSize } = layOut(trace);
  const base = new Map(numbers.map((number, rank) => [number, rank * stride]));
  const result = {
    ops: new Uint8Array(new SharedArrayBuffer(requests)),
    starts: new Float64Array(new SharedArrayBuffer(requests * 8)),
    lengths: new Float64Array(new SharedArrayBuffer(requests * 8)),
    diskSize,
  };
  if (ops === 'rw') result.ops.set(trace.ops);
  else result.ops.fill(OP_READ);
  result.lengths.set(trace.lengths);
  for (let i = 0; i < requests; i++) result.starts[i] = base.get(devices[i]!)! + offsets[i]!;
  return result;
}

/** Why no disk can have the trace's requests, in a sentence; undefined when one can. */
export function whyNotDriven(trace: Trace): string | undefined {
  if (trace.kind === 'objects') {
    return `${trace.name} names objects, not addresses on a disk: a driver has nothing to read; use simulate`;
  }
  const { diskSize } = layOut(trace);
  if (diskSize <= LARGEST_DISK) return undefined;
  return `${trace.name} needs a disk of ${diskSize} bytes; a QCOW2 image with clusters of 64 KiB ends at ${LARGEST_DISK}`;
}

function layOut({ devices, span }: Trace): { numbers: number[]; stride: number; diskSize: number } {
  const numbers = [...new Set(devices)].sort((a, b) => a - b);
  const stride = 2 ** Math.ceil(Math.log2(Math.max(span, L2_TABLE_SPAN)));
  return { numbers, stride, diskSize: stride * (numbers.length - 1) + span };
}

/** The numbers of the L2 tables that the requests touch, ascending. */
export function touchedTables({ starts, lengths, diskSize }: DiskRequests): number[] {
  const touched = new Uint8Array(Math.ceil(diskSize / L2_TABLE_SPAN));
  for (let i = 0; i < starts.length; i++) {
    const first = Math.floor(starts[i]! / L2_TABLE_SPAN);
    touched.fill(1, first, Math.floor((starts[i]! + lengths[i]! - 1) / L2_TABLE_SPAN) + 1);
  }
  const numbers: number[] = [];
  for (let table = 0; table < touched.length; table++)
    if (touched[table] === 1) numbers.push(table);
  return numbers;
}
