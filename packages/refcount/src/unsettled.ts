import { isImageError, wait, type Steps } from '@q/block';
import { changeCounts } from './change-counts.ts';
import type { Changes } from './changes.ts';
import type { Refcounts } from './refcounts.ts';

/**
 * What a failed request has left uncertain. It is brought in order before the next change, or that fails in the same way: so an error changes
 * nothing that later calls would see wrongly, and nothing is built on what the disk may or may not have.
 */
export class Unsettled {
  /** The header on disk may name another table than the one here. */
  header = false;
  /** Table entries `[from, to)` may differ on disk from those here. */
  from = Infinity;
  to = 0;
  /** Changes to counts that have to be made, the last one first. */
  readonly changes: Changes[] = [];

  get any(): boolean {
    return this.header || this.from < this.to || this.changes.length > 0;
  }

  /** A write of these table entries has failed, or the flush after it. */
  addEntries(from: number, to: number): void {
    this.from = Math.min(this.from, from);
    this.to = Math.max(this.to, to);
  }
}

/** Brings in order what failed requests have left. */
export function* settle(refcounts: Refcounts): Steps<void> {
  const { unsettled, table, file, parts } = refcounts;
  if (unsettled.header) {
    yield* wait(parts.tableMoved(table.offset, table.clusters));
    unsettled.header = false;
  }
  if (unsettled.from < unsettled.to) {
    const { from, to } = unsettled;
    yield* wait(file.write(table.serialize(from, to), table.offset + from * 8));
    yield* wait(file.flush());
    unsettled.from = Infinity;
    unsettled.to = 0;
  }
  while (unsettled.changes.length > 0) {
    const last = unsettled.changes.length - 1;
    // When this fails half-way, what takes it back comes on top.
    try {
      yield* changeCounts(refcounts, unsettled.changes[last]!);
    } catch (error) {
      // Counts that are wrong already will not get better.
      if (isImageError(error, 'corrupt')) unsettled.changes.splice(last, 1);
      throw error;
    }
    unsettled.changes.splice(last, 1);
  }
}
