import { SlotIndex } from '@q/cache';
import type { StrategyStats } from '@q/cache';
import { SlotLists } from './slot-lists.ts';

/**
 * Keys that were evicted and are remembered without their tables, in a few lists, oldest first out. An index and lists of their own, so that
 * a hit in the cache never walks past a ghost.
 */
export class Ghosts {
  /** The lists the ghosts are in. */
  readonly lists: SlotLists;
  private readonly index: SlotIndex;
  private readonly empty: Int32Array;
  private empties = 0;

  /**
   * @param capacity how many ghosts there can be, in all lists together; may be 0
   * @param lists how many lists
   */
  constructor(capacity: number, lists: number) {
    this.lists = new SlotLists(capacity, lists);
    this.index = new SlotIndex(capacity);
    this.empty = new Int32Array(capacity);
    this.refill();
  }

  /** The ghost of `key`, or -1. */
  find(key: number, stats: StrategyStats): number {
    return this.index.find(key, stats);
  }

  /** Remembers `key` as the newest of `list`. There must be room. */
  add(list: number, key: number): void {
    const ghost = this.empty[--this.empties]!;
    this.index.set(key, ghost);
    this.lists.add(list, ghost);
  }

  /** Forgets one ghost. */
  drop(ghost: number): void {
    this.lists.drop(ghost);
    this.index.delete(ghost);
    this.empty[this.empties++] = ghost;
  }

  /** Forgets the oldest of `list`, which must not be empty. */
  dropOldest(list: number): void {
    this.drop(this.lists.oldest(list));
  }

  /** Forgets all. */
  clear(): void {
    this.lists.clear();
    this.index.clear();
    this.refill();
  }

  private refill(): void {
    this.empties = this.empty.length;
    for (let i = 0; i < this.empties; i++) this.empty[i] = i;
  }
}
