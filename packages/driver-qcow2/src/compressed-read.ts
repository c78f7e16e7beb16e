import { chain, ImageError, readPadded, type MaybePromise } from '@q/block';
import { decodeCompressed } from '@q/format';
import type { State } from './state.ts';

/**
 * Fills `into` from the compressed cluster that `hi`, `lo` describes; `at` is the guest offset of its first byte.
 *
 * The cluster inflated last is kept, so that small reads in a row inflate it once.
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
  const { generation } = inflated;
  return chain(inflate(state, hi, lo, whole, at), () => {
    into.set(whole.subarray(inCluster, inCluster + into.length));
    // What was freed while this was under way may be something else by now.
    if (inflated.generation === generation) inflated.keep(hi, lo, whole);
  });
}

/** Inflates the whole cluster into `into`, which has its size. */
export function inflate(
  state: State,
  hi: number,
  lo: number,
  into: Uint8Array,
  at: number,
): MaybePromise<void> {
  const entryOffset = state.entryOffset(at);
  const { offset, length } = decodeCompressed(hi, lo, state.geometry.clusterBits, entryOffset);
  // The descriptor counts whole sectors, so it may reach past the end of the file, where zeroes are.
  if (offset >= state.file.size) {
    throw new ImageError(
      'corrupt',
      `The compressed cluster of guest offset ${at} lies past the end of the file. The image is damaged or was cut short: restore it from a copy.`,
      { offset: entryOffset, expected: `below ${state.file.size}`, found: offset },
    );
  }
  const stream = new Uint8Array(Math.min(length, state.file.size - offset));
  return chain(readPadded(state.file, stream, offset), () => state.codec.decompress(stream, into));
}

/** The one inflated cluster that is kept. */
export class InflatedCluster {
  hi = 0;
  lo = 0;
  bytes: Uint8Array = new Uint8Array(0);
  /** Grows at each `drop`. */
  generation = 0;

  keep(hi: number, lo: number, bytes: Uint8Array): void {
    this.hi = hi;
    this.lo = lo;
    this.bytes = bytes;
  }

  /** Host clusters were freed: what the descriptor names may change. */
  drop(): void {
    this.generation++;
    this.hi = 0;
    this.lo = 0;
  }
}
