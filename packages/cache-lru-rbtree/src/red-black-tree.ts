import type { StrategyStats } from '@q/cache';
import {
  COLOUR,
  DOUBLES,
  KEY,
  LEFT,
  PARENT,
  RIGHT,
  type SlotRecords,
  WORDS,
} from './slot-records.ts';

const BLACK = 0;
const RED = 1;

/**
 * A red-black tree of slots, ordered by key, in the records of the slots. Nothing is allocated; every operation is O(log slots).
 *
 * Invariants: keys ascend from left to right; a red record has black children; every way from the root to a leaf meets equally many black
 * records; the root is black.
 *
 * A search that fails leaves the key and its would-be parent in the `gap` record, and `insert` or `replace` of that key, which come next,
 * do not search again. Whatever changes the tree forgets the gap.
 */
export class RedBlackTree {
  /** The record at the top, or `nil`. */
  root: number;
  private readonly links: Int32Array;
  private readonly keys: Float64Array;
  private readonly nil: number;
  private readonly gap: number;
  private readonly stats: StrategyStats;

  /** @param stats receives `probes` (key comparisons) and `rotations` */
  constructor(records: SlotRecords, stats: StrategyStats) {
    this.links = records.links;
    this.keys = records.keys;
    this.nil = records.nil;
    this.gap = records.gap;
    this.root = this.nil;
    this.stats = stats;
    this.clear();
  }

  /** The slot of `key`, or -1. */
  find(key: number): number {
    const links = this.links;
    const keys = this.keys;
    const nil = this.nil;
    if (keys[this.gap * DOUBLES + KEY] === key) return -1;
    let parent = nil;
    let at = this.root;
    let probes = 0;
    while (at !== nil) {
      const other = keys[at * DOUBLES + KEY]!;
      probes++;
      if (other === key) {
        this.stats.probes += probes;
        return at;
      }
      parent = at;
      at = links[at * WORDS + (key < other ? LEFT : RIGHT)]!;
    }
    this.stats.probes += probes;
    keys[this.gap * DOUBLES + KEY] = key;
    links[this.gap * WORDS + PARENT] = parent;
    return -1;
  }

  /** Puts `key`, which must not be in the tree, into it as `slot`, which is in no tree. A key that is in is a `RangeError`. */
  insert(slot: number, key: number): void {
    this.requireNew(key);
    this.keys[slot * DOUBLES + KEY] = key;
    this.hang(slot, this.links[this.gap * WORDS + PARENT]!);
  }

  /**
   * Takes the key of `slot` out and puts `key` in, under the same slot: erase and insert, since a new key belongs elsewhere in the tree.
   * A key that is in the tree is a `RangeError`, and nothing changes.
   */
  replace(slot: number, key: number): void {
    this.requireNew(key);
    // The new key goes in first, at the place that the search found, under the name of the gap record, which then takes the slot's name.
    this.hang(this.gap, this.links[this.gap * WORDS + PARENT]!);
    this.erase(slot);
    this.rename(this.gap, slot);
    this.keys[slot * DOUBLES + KEY] = key;
  }

  /** Takes `slot` out of the tree. */
  erase(slot: number): void {
    const links = this.links;
    const nil = this.nil;
    const at = slot * WORDS;
    let hole: number;
    let lost = links[at + COLOUR]!;
    if (links[at + LEFT] === nil) {
      hole = links[at + RIGHT]!;
      this.transplant(slot, hole);
    } else if (links[at + RIGHT] === nil) {
      hole = links[at + LEFT]!;
      this.transplant(slot, hole);
    } else {
      // Two children: the next greater record, which has no left child, takes the place.
      let next = links[at + RIGHT]!;
      while (links[next * WORDS + LEFT] !== nil) next = links[next * WORDS + LEFT]!;
      const to = next * WORDS;
      lost = links[to + COLOUR]!;
      hole = links[to + RIGHT]!;
      if (links[to + PARENT] === slot) links[hole * WORDS + PARENT] = next;
      else {
        this.transplant(next, hole);
        this.adopt(next, RIGHT, links[at + RIGHT]!);
      }
      this.transplant(slot, next);
      this.adopt(next, LEFT, links[at + LEFT]!);
      links[to + COLOUR] = links[at + COLOUR]!;
    }
    if (lost === BLACK) this.restoreBlack(hole);
    this.keys[slot * DOUBLES + KEY] = -1;
    this.keys[this.gap * DOUBLES + KEY] = -1;
  }

  /** Empties the tree. The records' keys are the caller's to clear. */
  clear(): void {
    this.root = this.nil;
    this.links[this.nil * WORDS + COLOUR] = BLACK;
    this.links[this.nil * WORDS + LEFT] = this.nil;
    this.links[this.nil * WORDS + RIGHT] = this.nil;
    this.links[this.nil * WORDS + PARENT] = this.nil;
    this.keys[this.gap * DOUBLES + KEY] = -1;
  }

  private requireNew(key: number): void {
    if (this.find(key) >= 0) throw new RangeError(`key ${key} is in the tree already`);
  }

  /** Makes `record`, whose key is set, a red leaf under `parent`, then mends colours. */
  private hang(record: number, parent: number): void {
    const links = this.links;
    const keys = this.keys;
    const at = record * WORDS;
    links[at + LEFT] = this.nil;
    links[at + RIGHT] = this.nil;
    links[at + PARENT] = parent;
    links[at + COLOUR] = RED;
    if (parent === this.nil) this.root = record;
    else {
      this.stats.probes++;
      const left = keys[record * DOUBLES + KEY]! < keys[parent * DOUBLES + KEY]!;
      links[parent * WORDS + (left ? LEFT : RIGHT)] = record;
    }
    this.mendRed(record);
    keys[this.gap * DOUBLES + KEY] = -1;
  }

  /** `record` is red and so may its parent be; all else is in order. */
  private mendRed(record: number): void {
    const links = this.links;
    let at = record;
    let parent = links[at * WORDS + PARENT]!;
    while (links[parent * WORDS + COLOUR] === RED) {
      const grand = links[parent * WORDS + PARENT]!;
      const side = links[grand * WORDS + LEFT] === parent ? LEFT : RIGHT;
      const uncle = links[grand * WORDS + RIGHT - side]!;
      if (links[uncle * WORDS + COLOUR] === RED) {
        links[parent * WORDS + COLOUR] = BLACK;
        links[uncle * WORDS + COLOUR] = BLACK;
        links[grand * WORDS + COLOUR] = RED;
        at = grand;
        parent = links[at * WORDS + PARENT]!;
      } else {
        if (links[parent * WORDS + RIGHT - side] === at) {
          this.rotate(parent, side);
          at = parent;
          parent = links[at * WORDS + PARENT]!;
        }
        links[parent * WORDS + COLOUR] = BLACK;
        links[grand * WORDS + COLOUR] = RED;
        this.rotate(grand, RIGHT - side);
      }
    }
    links[this.root * WORDS + COLOUR] = BLACK;
  }

  /** The ways through `record`, which may be `nil` with its parent set, are one black short. */
  private restoreBlack(record: number): void {
    const links = this.links;
    let at = record;
    while (at !== this.root && links[at * WORDS + COLOUR] === BLACK) {
      const parent = links[at * WORDS + PARENT]!;
      const side = links[parent * WORDS + LEFT] === at ? LEFT : RIGHT;
      const far = RIGHT - side;
      let sibling = links[parent * WORDS + far]!;
      if (links[sibling * WORDS + COLOUR] === RED) {
        links[sibling * WORDS + COLOUR] = BLACK;
        links[parent * WORDS + COLOUR] = RED;
        this.rotate(parent, side);
        sibling = links[parent * WORDS + far]!;
      }
      const near = links[sibling * WORDS + side]!;
      const outer = links[sibling * WORDS + far]!;
      if (links[near * WORDS + COLOUR] === BLACK && links[outer * WORDS + COLOUR] === BLACK) {
        links[sibling * WORDS + COLOUR] = RED;
        at = parent;
        continue;
      }
      if (links[outer * WORDS + COLOUR] === BLACK) {
        links[near * WORDS + COLOUR] = BLACK;
        links[sibling * WORDS + COLOUR] = RED;
        this.rotate(sibling, far);
        sibling = near;
      }
      links[sibling * WORDS + COLOUR] = links[parent * WORDS + COLOUR]!;
      links[parent * WORDS + COLOUR] = BLACK;
      links[links[sibling * WORDS + far]! * WORDS + COLOUR] = BLACK;
      this.rotate(parent, side);
      break;
    }
    links[at * WORDS + COLOUR] = BLACK;
  }

  /** Turns `record` down to `side`; its child of the other side takes its place. */
  private rotate(record: number, side: number): void {
    const links = this.links;
    const up = links[record * WORDS + RIGHT - side]!;
    const middle = links[up * WORDS + side]!;
    links[record * WORDS + RIGHT - side] = middle;
    if (middle !== this.nil) links[middle * WORDS + PARENT] = record;
    this.transplant(record, up);
    this.adopt(up, side, record);
    this.stats.rotations++;
  }

  /** The parent of `record` gets `other` in its place. */
  private transplant(record: number, other: number): void {
    const links = this.links;
    const parent = links[record * WORDS + PARENT]!;
    if (parent === this.nil) this.root = other;
    else if (links[parent * WORDS + LEFT] === record) links[parent * WORDS + LEFT] = other;
    else links[parent * WORDS + RIGHT] = other;
    links[other * WORDS + PARENT] = parent;
  }

  private adopt(parent: number, side: number, child: number): void {
    this.links[parent * WORDS + side] = child;
    this.links[child * WORDS + PARENT] = parent;
  }

  /** `to`, which is in no tree, takes over the place and colour of `from`. */
  private rename(from: number, to: number): void {
    const links = this.links;
    this.transplant(from, to);
    this.adopt(to, LEFT, links[from * WORDS + LEFT]!);
    this.adopt(to, RIGHT, links[from * WORDS + RIGHT]!);
    links[to * WORDS + COLOUR] = links[from * WORDS + COLOUR]!;
  }
}
