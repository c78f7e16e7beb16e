import { Gather, wait, type Steps } from '@q/block';
import { SECTOR_BYTES } from '@q/crypt';
import { NOT_LOOKED_UP, readMapped } from '../read.ts';
import type { State } from '../state.ts';

/** Whether a request is of whole sectors. */
export function isWholeSectors(start: number, length: number): boolean {
  return start % SECTOR_BYTES === 0 && length % SECTOR_BYTES === 0;
}

/** The guest offset where the first sector of a request begins. */
export function sectorStart(start: number): number {
  return Math.floor(start / SECTOR_BYTES) * SECTOR_BYTES;
}

/** `bytes`, with what their first and last sector hold beside them: whole sectors. The caller has the sectors to itself. */
export function* widen(state: State, bytes: Uint8Array, start: number): Steps<Uint8Array> {
  const end = start + bytes.length;
  const from = sectorStart(start);
  const to = Math.ceil(end / SECTOR_BYTES) * SECTOR_BYTES;
  const last = to - SECTOR_BYTES;
  const whole = new Uint8Array(to - from);
  const gather = new Gather();
  const fetch = (at: number): void => {
    const sector = whole.subarray(at - from, at - from + SECTOR_BYTES);
    gather.add(readMapped(state, sector, at, NOT_LOOKED_UP));
  };
  try {
    if (start > from) fetch(from);
    if (end < to && (last > from || start === from)) fetch(last);
  } catch (error) {
    gather.fail(error);
  }
  yield* wait(gather.done());
  whole.set(bytes, start - from);
  return whole;
}
