import { chain, isPromise, readPadded, type BlockDevice, type MaybePromise } from '@q/block';
import { LOADING, READY, type TableSlots } from './table-slots.ts';
import type { WriteBacks } from './write-backs.ts';

/** Failed write-backs that a cache holds on to before it refuses to load more. Never more than it has slots. */
const MOST_FAILED = 256;
/** Write-backs under way before loads begin to wait for them. */
const MOST_UNSETTLED = 256;

/** A table that the device is reading. Everybody who waits for it holds a pin on its slot. */
interface Load {
  readonly slot: number;
  /** The slot, when the table is there. */
  readonly done: Promise<number>;
}

/** How tables come into slots: read from the device, taken back from a write-back, or new. */
export class Loads {
  /** Tables read from the device. */
  count = 0;
  private readonly device: BlockDevice;
  private readonly slots: TableSlots;
  private readonly backs: WriteBacks;
  private readonly current = new Map<number, Load>();

  constructor(device: BlockDevice, slots: TableSlots, backs: WriteBacks) {
    this.device = device;
    this.slots = slots;
    this.backs = backs;
  }

  /** The read of the table at `offset` that is under way, with a pin for the caller; undefined when there is none. */
  join(offset: number): Promise<number> | undefined {
    const load = this.current.size === 0 ? undefined : this.current.get(offset);
    if (load === undefined) return undefined;
    this.slots.pin(load.slot);
    return load.done;
  }

  /** Loads a table that the strategy does not have; its slot, pinned. */
  start(offset: number): MaybePromise<number> {
    const room = this.makeRoom(offset);
    if (isPromise(room)) return room.then(() => this.again(offset));
    const slot = this.claim(offset);
    let filled: MaybePromise<void>;
    try {
      filled = this.fill(offset, slot);
    } catch (error) {
      this.slots.abandon(slot);
      throw error;
    }
    if (isPromise(filled)) return this.wait(offset, slot, filled);
    this.slots.states[slot] = READY;
    return slot;
  }

  /** A new table where the strategy has none; its slot, pinned. */
  startEmpty(offset: number): MaybePromise<number> {
    const room = this.makeRoom(offset);
    if (isPromise(room)) {
      return room.then(() => chain(this.again(offset), (slot) => this.slots.zero(slot)));
    }
    // A write of what was here before may be under way; the next one waits for it.
    void this.backs.cancel(offset);
    return this.slots.zero(this.claim(offset));
  }

  /** After a wait: others may have loaded the table meanwhile. */
  private again(offset: number): MaybePromise<number> {
    const load = this.join(offset);
    if (load !== undefined) return load;
    const slot = this.slots.slotOf(offset);
    if (slot < 0) return this.start(offset);
    this.slots.pin(slot);
    return slot;
  }

  /** With too many failed write-backs one of them has to succeed before another table may come in. */
  private makeRoom(offset: number): MaybePromise<void> {
    const { backs } = this;
    const most = Math.min(this.slots.capacity, MOST_FAILED);
    if (backs.failed > most && !backs.newest.has(offset)) return backs.retryOldest();
  }

  /** A slot for the table at `offset`, pinned. The dirty table that was in it is copied and on its way. */
  private claim(offset: number): number {
    const { slots } = this;
    const slot = slots.place(offset);
    if (slots.dirty.has(slot)) this.backs.begin(Int32Array.of(slot));
    slots.offsets[slot] = offset;
    slots.states[slot] = LOADING;
    slots.pin(slot);
    return slot;
  }

  private fill(offset: number, slot: number): MaybePromise<void> {
    const { backs } = this;
    if (backs.newest.size > 0) {
      if (backs.adopt(offset, slot)) return;
      // What was given up here is still being written.
      const gone = backs.unfinished(offset)?.promise;
      if (gone !== undefined) return gone.then(() => this.read(offset, slot));
      if (backs.unsettled.size > MOST_UNSETTLED) {
        // The device writes more slowly than tables come in: wait, or the copies add up.
        const [oldest] = backs.unsettled;
        return oldest!.promise!.then(() => this.read(offset, slot));
      }
    }
    return this.read(offset, slot);
  }

  private read(offset: number, slot: number): MaybePromise<void> {
    this.count++;
    return readPadded(this.device, this.slots.bytes(slot), offset);
  }

  private wait(offset: number, slot: number, filled: Promise<void>): Promise<number> {
    const done = filled.then(
      () => {
        this.current.delete(offset);
        this.slots.states[slot] = READY;
        return slot;
      },
      (error: unknown) => {
        this.current.delete(offset);
        this.slots.abandon(slot);
        throw error;
      },
    );
    this.current.set(offset, { slot, done });
    return done;
  }
}
