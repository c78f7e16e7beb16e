import type { MaybePromise } from '@q/block';
import { RUN_BYTES } from './staging.ts';
import type { TableSlots } from './table-slots.ts';
import { worst } from './worst.ts';
import type { WriteBack } from './write-back.ts';
import type { WriteBacks } from './write-backs.ts';

/** Write-backs under way, at most, before the next dirty table is copied. */
const WINDOW = 16;

/**
 * Writes every table that is dirty now, in ascending order, neighbours in one write; waits for those on their way, and tries failed ones again. Goes on after errors,
 * then throws the worst of them. What failed stays dirty.
 */
export function writeDirty(slots: TableSlots, backs: WriteBacks): MaybePromise<void> {
  if (slots.dirty.size === 0 && backs.newest.size === 0) return;
  const batch = [...backs.unsettled];
  const failed = [...backs.newest.values()].filter((back) => back.state === 'failed');
  for (const back of failed) batch.push(backs.retry(back));
  const dirty = slots.dirty.ordered(slots.offsets);
  const offsets = Float64Array.from(dirty, (slot) => slots.offsets[slot]!);
  return writeFrom(0, { slots, backs, dirty, offsets, batch });
}

interface Work {
  readonly slots: TableSlots;
  readonly backs: WriteBacks;
  /** Slots that were dirty, by ascending offset, and these offsets: a table may have moved by the time its turn comes. */
  readonly dirty: Int32Array;
  readonly offsets: Float64Array;
  /** All write-backs that have to succeed. */
  readonly batch: WriteBack[];
}

function writeFrom(index: number, work: Work): MaybePromise<void> {
  const { slots, backs, dirty, offsets, batch } = work;
  while (index < dirty.length) {
    if (backs.unsettled.size >= WINDOW) {
      const waits = Array.from(backs.unsettled, (back) => back.promise);
      return Promise.race(waits).then(() => writeFrom(index, work));
    }
    const offset = offsets[index]!;
    if (slots.offsets[dirty[index]!] !== offset) dirty[index] = slots.slotOf(offset);
    const slot = dirty[index]!;
    if (slot >= 0 && slots.dirty.has(slot)) {
      const end = runEnd(index, work);
      batch.push(backs.begin(dirty.subarray(index, end)));
      index = end;
    } else {
      // Evicted, or written by somebody else, before its turn came.
      const back = backs.newest.get(offset);
      if (back !== undefined) batch.push(back);
      index++;
    }
  }
  return report(batch);
}

/** Where the run of dirty neighbours that begins at `index` ends. */
function runEnd(index: number, { slots, backs, dirty, offsets }: Work): number {
  const most = Math.max(1, Math.floor(RUN_BYTES / slots.tableSize));
  let end = index + 1;
  if (backs.unfinished(offsets[index]!) !== undefined) return end;
  while (end < dirty.length && end - index < most) {
    const slot = dirty[end]!;
    const offset = offsets[index]! + (end - index) * slots.tableSize;
    if (offsets[end] !== offset || slots.offsets[slot] !== offset || !slots.dirty.has(slot)) break;
    if (backs.unfinished(offset) !== undefined) break;
    end++;
  }
  return end;
}

function report(batch: readonly WriteBack[]): MaybePromise<void> {
  const waits: Promise<void>[] = [];
  for (const { promise, state } of batch) {
    if (promise !== undefined && state !== 'done') waits.push(promise);
  }
  const finish = (): void => {
    const failures = batch.map((back) => back.failure).filter((failure) => failure !== undefined);
    if (failures.length > 0) throw worst(failures);
  };
  return waits.length === 0 ? finish() : Promise.all(waits).then(finish);
}
