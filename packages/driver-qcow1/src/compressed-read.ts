import { chain, readPadded, type MaybePromise } from '@q/block';
import { decodeQcow1L2Entry } from '@q/format/qcow1';
import type { State } from './state.ts';

/**
 * Fills `into` from the compressed cluster that `hi`, `lo` describes; `at` is the guest offset of its first byte.
 *
 * The cluster inflated last is kept, so that small reads in a row inflate it once. Its place in the file is never used for anything else, so it is never stale.
 */
export function readCompressed(
  state: State,
  hi: number,
  lo: number,
  into: Uint8Array,
  at: number,
): MaybePromise<void> {
  const { clusterSize, inflated } = state;
  const inCluster = at % clusterSize;
  if (inflated.hi === hi && inflated.lo === lo) {
    into.set(inflated.bytes.subarray(inCluster, inCluster + into.length));
    return;
  }
  if (into.length === clusterSize) return inflate(state, hi, lo, into, at);
  const whole = new Uint8Array(clusterSize);
  return chain(inflate(state, hi, lo, whole, at), () => {
    into.set(whole.subarray(inCluster, inCluster + into.length));
    inflated.keep(hi, lo, whole);
  });
}

/** Inflates the whole cluster into `into`, which has its size. */
function inflate(
  state: State,
  hi: number,
  lo: number,
  into: Uint8Array,
  at: number,
): MaybePromise<void> {
  const { geometry, file } = state;
  const entry = decodeQcow1L2Entry(hi, lo, geometry, state.entryOffset(at), file.size);
  if (entry.kind !== 'compressed') throw new TypeError('the cluster is not compressed');
  const stream = new Uint8Array(entry.length);
  return chain(readPadded(file, stream, entry.offset), () => state.codec.decompress(stream, into));
}

/** The one inflated cluster that is kept. */
export class InflatedCluster {
  hi = 0;
  lo = 0;
  bytes: Uint8Array = new Uint8Array(0);

  keep(hi: number, lo: number, bytes: Uint8Array): void {
    this.hi = hi;
    this.lo = lo;
    this.bytes = bytes;
  }
}
