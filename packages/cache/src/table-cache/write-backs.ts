import { isPromise, type BlockDevice, type MaybePromise } from '@q/block';
import { Staging } from './staging.ts';
import type { TableSlots } from './table-slots.ts';
import { worst } from './worst.ts';
import { WriteBack } from './write-back.ts';
import type { WriteOrder } from './write-order.ts';

/** What write-backs need to know of their cache. */
export interface WriteBacksOptions {
  readonly device: BlockDevice;
  readonly slots: TableSlots;
  readonly order: WriteOrder;
  readonly beforeWrite: ((offset: number, length: number) => void) | undefined;
}

/**
 * All tables of a cache that are on their way to the device.
 *
 * A table's newest bytes are in its slot, or else in its newest write-back, or else on the device. Write-backs of one table are sent one after the other.
 *
 * A table whose write fails is dirty again when it is in a slot; when it is not, the write-back stays as its only copy (`failed`) until somebody gets the table
 * again, or a later write succeeds, or the table is dropped.
 */
export class WriteBacks {
  /** The newest write-back of each table that has one, by offset. */
  readonly newest = new Map<number, WriteBack>();
  /** Those that are waiting or writing, oldest first. */
  readonly unsettled = new Set<WriteBack>();
  /** Tables whose only copy is a failed write-back. */
  failed = 0;
  /** Writes that the device has finished, well or not. */
  finished = 0;
  tablesWritten = 0;
  private readonly options: WriteBacksOptions;
  private readonly tableSize: number;
  private readonly staging: Staging;

  constructor(options: WriteBacksOptions) {
    this.options = options;
    this.tableSize = options.slots.tableSize;
    this.staging = new Staging(this.tableSize);
  }

  /** The write-back that the next one of the table at `offset` has to wait for; such a table does not go along with its neighbours. */
  unfinished(offset: number): WriteBack | undefined {
    const back = this.newest.get(offset);
    return back?.state === 'failed' ? undefined : back;
  }

  /** Copies the dirty tables in these slots, which lie behind each other on the device, and starts to write them. Their slots are clean and free at once. */
  begin(slots: Int32Array): WriteBack {
    const { slots: memory, order } = this.options;
    const first = memory.offsets[slots[0]!]!;
    const length = slots.length * this.tableSize;
    const storage = this.staging.take(length);
    const bytes = storage.subarray(0, length);
    const after = slots.length === 1 ? this.unfinished(first) : undefined;
    const back = new WriteBack(first, bytes, storage, order.newest, after);
    for (let i = 0; i < slots.length; i++) {
      bytes.set(memory.bytes(slots[i]!), i * this.tableSize);
      memory.dirty.delete(slots[i]!);
      this.newest.set(first + i * this.tableSize, back);
    }
    this.launch(back);
    return back;
  }

  /** Tries a failed one once more. */
  retry(failed: WriteBack): WriteBack {
    this.failed--;
    const { offset, bytes, storage } = failed;
    const back = new WriteBack(offset, bytes, storage, this.options.order.newest, undefined);
    this.newest.set(offset, back);
    this.launch(back);
    return back;
  }

  /** Tries the oldest failed one once more, to make room; throws what it fails with. */
  retryOldest(): MaybePromise<void> {
    for (const failed of this.newest.values()) {
      if (failed.state !== 'failed') continue;
      const back = this.retry(failed);
      const check = (): void => {
        if (back.failure !== undefined) throw back.failure;
      };
      return back.promise === undefined ? check() : back.promise.then(check);
    }
  }

  private launch(back: WriteBack): void {
    this.unsettled.add(back);
    let going: MaybePromise<void>;
    try {
      going = this.perform(back);
    } catch (error) {
      this.settle(back, error);
      return;
    }
    if (!isPromise(going)) this.settle(back, undefined);
    else {
      back.promise = going.then(
        () => this.settle(back, undefined),
        (error: unknown) => this.settle(back, error),
      );
    }
  }

  private perform(back: WriteBack): MaybePromise<void> {
    const { after } = back;
    if (after?.promise === undefined || after.state === 'done') return this.inOrder(back);
    return after.promise.then(() => this.inOrder(back));
  }

  private inOrder(back: WriteBack): MaybePromise<void> {
    const ready = this.options.order.reach(back.order);
    return isPromise(ready) ? ready.then(() => this.send(back)) : this.send(back);
  }

  /** Gives the device what is still wanted of `back`, in as few writes as possible. */
  private send(back: WriteBack): MaybePromise<void> {
    back.state = 'writing';
    const waits: Promise<void>[] = [];
    const errors: unknown[] = [];
    const { tableSize } = this;
    for (let start = 0; start < back.bytes.length;) {
      let end = start;
      while (end < back.bytes.length && this.wanted(back, back.offset + end)) end += tableSize;
      if (end > start) this.sendPart(back, start, end, waits, errors);
      // The table at `end` is not wanted.
      start = end + tableSize;
    }
    if (waits.length === 0) {
      if (errors.length > 0) throw worst(errors);
      return;
    }
    if (waits.length === 1 && errors.length === 0) return waits[0];
    // The device owns the bytes until it has finished with all parts.
    return Promise.allSettled(waits).then((results) => {
      for (const result of results) if (result.status === 'rejected') errors.push(result.reason);
      if (errors.length > 0) throw worst(errors);
    });
  }

  /** Whether the table at `offset` is still to be written from `back`, and may be. */
  private wanted(back: WriteBack, offset: number): boolean {
    if (back.isGivenUp(offset)) return false;
    if (this.options.beforeWrite === undefined) return true;
    try {
      this.options.beforeWrite(offset, this.tableSize);
      return true;
    } catch (error) {
      back.refuse(offset, error);
      return false;
    }
  }

  private sendPart(
    back: WriteBack,
    start: number,
    end: number,
    waits: Promise<void>[],
    errors: unknown[],
  ): void {
    const written = (): void => {
      this.finished++;
      this.tablesWritten += (end - start) / this.tableSize;
    };
    const failed = (error: unknown): never => {
      // Some of it may have been written.
      this.finished++;
      throw error;
    };
    try {
      const part = back.bytes.subarray(start, end);
      const result = this.options.device.write(part, back.offset + start);
      if (isPromise(result)) waits.push(result.then(written, failed));
      else written();
    } catch (error) {
      this.finished++;
      errors.push(error);
    }
  }

  /** The end of `back`: what was not written is dirty again, or stays as a failed write-back, unless there is a newer one. */
  private settle(back: WriteBack, error: unknown): void {
    this.unsettled.delete(back);
    back.state = 'done';
    back.after = undefined;
    let kept = false;
    const { slots } = this.options;
    for (let start = 0; start < back.bytes.length; start += this.tableSize) {
      const offset = back.offset + start;
      const isNewest = this.newest.get(offset) === back;
      if (isNewest) this.newest.delete(offset);
      if (back.isGivenUp(offset)) continue;
      const failure = error ?? back.refusal(offset);
      if (failure === undefined) continue;
      back.failure = worst([back.failure ?? failure, failure]);
      if (!isNewest) continue;
      const slot = slots.slotOf(offset);
      if (slot >= 0) slots.dirty.add(slot);
      else kept = this.keep(back, offset) || kept;
    }
    if (!kept) this.staging.give(back.storage);
  }

  /** Keeps the only copy of a table; answers whether that is `back` itself. */
  private keep(back: WriteBack, offset: number): boolean {
    const alone = back.bytes.length === this.tableSize;
    let copy = back;
    if (!alone) {
      const bytes = back.table(offset, this.tableSize).slice();
      copy = new WriteBack(offset, bytes, bytes, back.order, undefined);
      copy.failure = back.failure;
    }
    copy.state = 'failed';
    this.newest.set(offset, copy);
    this.failed++;
    return alone;
  }

  /** Fills `slot` with the table at `offset` when a write-back has it; answers whether it did. */
  adopt(offset: number, slot: number): boolean {
    const back = this.newest.get(offset);
    if (back === undefined || back.isGivenUp(offset)) return false;
    const { slots } = this.options;
    slots.bytes(slot).set(back.table(offset, this.tableSize));
    if (back.state === 'failed') {
      this.newest.delete(offset);
      this.failed--;
      slots.dirty.add(slot);
      this.staging.give(back.storage);
    }
    return true;
  }

  /** The table at `offset` need not be written any more. A promise when the device is at it: only afterwards is its place free for others. */
  cancel(offset: number): MaybePromise<void> {
    const newest = this.newest.get(offset);
    if (newest?.state === 'failed') {
      this.failed--;
      this.newest.delete(offset);
      this.staging.give(newest.storage);
      return;
    }
    let writing: WriteBack | undefined;
    for (let back = newest; back !== undefined; back = back.after) {
      back.giveUp(offset);
      if (back.state === 'writing') writing = back;
    }
    return writing?.promise;
  }
}
