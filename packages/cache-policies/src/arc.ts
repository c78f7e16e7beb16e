import { Ghosts } from './ghosts.ts';
import { SlotLists } from './slot-lists.ts';
import { SlotPolicy } from './slot-policy.ts';

// Lists of entries (T1, T2) and, under the same numbers, of their ghosts (B1, B2).
const ONCE = 0;
const OFTEN = 1;

/**
 * ARC: entries used once (T1) and more often (T2), both in LRU order, with ghosts of what left each (B1, B2). A hit on a ghost moves the
 * target size p of T1, a real number: up by max(1, |B2| / |B1|) for a ghost of T1, down by max(1, |B1| / |B2|) for one of T2, with the
 * sizes before the ghost is taken out.
 *
 * Pinned entries are passed; when the list that should give up an entry has only pinned ones, the other list gives up its oldest.
 * When all are pinned nothing changes, p included.
 *
 * @param options.tables ordinary slots, 1 to 2^27
 * @throws RangeError when `tables` is out of range
 * @see Megiddo, Modha: ARC: A Self-Tuning, Low Overhead Replacement Cache, FAST '03, figure 4
 */
export function arc(options: { readonly tables: number }): Arc {
  return new Arc(options.tables);
}

/** The strategy that `arc` makes. */
export class Arc extends SlotPolicy {
  readonly name = 'arc';
  private readonly lists: SlotLists;
  private readonly ghosts: Ghosts;
  /** p, the target size of T1. */
  private target = 0;

  constructor(tables: number) {
    super(tables);
    this.lists = new SlotLists(tables, 2);
    // An entry only becomes a ghost while the cache is full, and the directory holds 2 x tables: so never more than `tables` ghosts.
    this.ghosts = new Ghosts(tables, 2);
  }

  find(key: number): number {
    const slot = this.index.find(key, this.stats);
    if (slot < 0) return this.miss(key);
    this.stats.hits++;
    this.lists.move(OFTEN, slot);
    return slot;
  }

  place(key: number): number {
    this.requireAbsent(key);
    const ghost = this.ghosts.find(key, this.stats);
    return ghost >= 0 ? this.placeGhost(key, ghost) : this.placeNew(key);
  }

  /** Cases II and III of the paper: the key was evicted not long ago. */
  private placeGhost(key: number, ghost: number): number {
    const from = this.ghosts.lists.list[ghost]!;
    const b1 = this.ghosts.lists.sizes[ONCE]!;
    const b2 = this.ghosts.lists.sizes[OFTEN]!;
    const target =
      from === ONCE
        ? Math.min(this.capacity, this.target + Math.max(1, b2 / b1))
        : Math.max(0, this.target - Math.max(1, b1 / b2));
    let slot = this.takeEmpty();
    if (slot >= 0) this.ghosts.drop(ghost);
    else {
      slot = this.victim(target, from === OFTEN);
      if (slot < 0) return this.pins.overflow(key, this.stats);
      this.ghosts.drop(ghost);
      this.replace(slot);
    }
    this.target = target;
    this.index.set(key, slot);
    this.lists.add(OFTEN, slot);
    return slot;
  }

  /** Case IV: the key is not in the directory. */
  private placeNew(key: number): number {
    const t1 = this.lists.sizes[ONCE]!;
    const b1 = this.ghosts.lists.sizes[ONCE]!;
    const b2 = this.ghosts.lists.sizes[OFTEN]!;
    let slot = this.takeEmpty();
    if (slot < 0) {
      slot = this.victim(this.target, false);
      if (slot < 0) return this.pins.overflow(key, this.stats);
      if (t1 === this.capacity) {
        // T1 fills the cache: its oldest leaves without a ghost.
        this.evict(slot);
        this.lists.drop(slot);
      } else {
        if (t1 + b1 === this.capacity) this.ghosts.dropOldest(ONCE);
        else if (b1 + b2 === this.capacity) this.ghosts.dropOldest(OFTEN);
        this.replace(slot);
      }
    } else if (t1 + b1 === this.capacity) this.ghosts.dropOldest(ONCE);
    this.index.set(key, slot);
    this.lists.add(ONCE, slot);
    return slot;
  }

  /** The entry that REPLACE takes: T1's oldest when T1 is above its target (or at it, for a ghost of T2), else T2's. */
  private victim(target: number, ghostOfT2: boolean): number {
    const t1 = this.lists.sizes[ONCE]!;
    const first = t1 > target || (ghostOfT2 && t1 === target && t1 > 0) ? ONCE : OFTEN;
    const slot = this.lists.oldestUnpinned(first, this.pins.counts);
    return slot >= 0 ? slot : this.lists.oldestUnpinned(1 - first, this.pins.counts);
  }

  /** Evicts the entry in `slot` and leaves its ghost in the list of the same number. */
  private replace(slot: number): void {
    const key = this.index.keys[slot]!;
    this.evict(slot);
    this.lists.drop(slot);
    this.ghosts.add(this.lists.list[slot]!, key);
  }

  protected leave(slot: number): void {
    this.lists.drop(slot);
  }

  protected reset(): void {
    this.lists.clear();
    this.ghosts.clear();
    this.target = 0;
  }
}
