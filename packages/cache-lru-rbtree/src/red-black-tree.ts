import type { StrategyStats } from '@q/cache';

/**
 * A red-black tree of slots, ordered by key: typed arrays by slot, nothing allocated after construction, every operation O(log slots).
 *
 * Invariants: keys ascend from left to right; a red node has black children; every way from the root to a leaf meets equally many black nodes;
 * the root is black. Leaves are all the one node `nil`.
 *
 * Rejected: all of a node in one record of 32 bytes. Saves a cache line here and there, but its stride and offsets are constants of a module, which
 * a bundler turns into variables: 62 against 96 million accesses a second, nearly all hits.
 *
 * A search that fails leaves the key and its would-be parent in a node of its own, the gap; `insert` or `replace` of that key, which come
 * next, do not search again. Whatever changes the tree forgets the gap.
 */
export class RedBlackTree {
  /** The node at the top, or `nil`. */
  root: number;
  /** The number of slots, which is the leaf. */
  readonly nil: number;
  /** By slot: its key, or -1. */
  readonly keys: Float64Array;
  /** By slot, two each: the left child, the right child. A side is 0 or 1. */
  readonly children: Int32Array;
  /** By slot: its parent; `nil` above the root. */
  readonly parents: Int32Array;
  /** By slot: 1 for red, 0 for black. */
  readonly reds: Uint8Array;
  private readonly gap: number;
  private readonly stats: StrategyStats;

  /** @param stats receives `probes` (key comparisons) and `rotations` */
  constructor(slots: number, stats: StrategyStats) {
    this.nil = slots;
    this.gap = slots + 1;
    this.keys = new Float64Array(slots + 2);
    this.children = new Int32Array(2 * slots + 4);
    this.parents = new Int32Array(slots + 2);
    this.reds = new Uint8Array(slots + 2);
    this.stats = stats;
    this.root = this.nil;
    this.clear();
  }

  /** The slot of `key`, or -1. */
  find(key: number): number {
    const keys = this.keys;
    const children = this.children;
    const nil = this.nil;
    if (keys[this.gap] === key) return -1;
    let parent = nil;
    let node = this.root;
    let probes = 0;
    while (node !== nil) {
      const other = keys[node]!;
      probes++;
      if (other === key) {
        this.stats.probes += probes;
        return node;
      }
      parent = node;
      node = children[2 * node + (key < other ? 0 : 1)]!;
    }
    this.stats.probes += probes;
    keys[this.gap] = key;
    this.parents[this.gap] = parent;
    return -1;
  }

  /** Puts `key` in as `slot`, which is not in the tree. A key that is in the tree is a `RangeError`. */
  insert(slot: number, key: number): void {
    this.requireNew(key);
    this.keys[slot] = key;
    this.hang(slot, this.parents[this.gap]!);
  }

  /**
   * Takes the key of `slot` out and puts `key` in, under the same slot: erase and insert, since a new key belongs elsewhere in the tree.
   * A key that is in the tree is a `RangeError`, and nothing changes.
   */
  replace(slot: number, key: number): void {
    this.requireNew(key);
    // The new key goes in first, at the place that the search found, as the gap node, whose place the slot then takes.
    this.hang(this.gap, this.parents[this.gap]!);
    this.erase(slot);
    this.takePlace(slot, this.gap);
    this.adopt(slot, 1, this.children[2 * this.gap + 1]!);
    this.keys[slot] = key;
  }

  /** Takes `slot`, which is in the tree, out of it. */
  erase(slot: number): void {
    const children = this.children;
    const nil = this.nil;
    const left = children[2 * slot]!;
    const right = children[2 * slot + 1]!;
    let red = this.reds[slot]!;
    let hole: number;
    if (left === nil || right === nil) {
      hole = left === nil ? right : left;
      this.hand(slot, hole);
    } else {
      let next = right;
      while (children[2 * next] !== nil) next = children[2 * next]!;
      red = this.reds[next]!;
      hole = children[2 * next + 1]!;
      if (next === right) this.parents[hole] = next;
      else {
        this.hand(next, hole);
        this.adopt(next, 1, right);
      }
      this.takePlace(next, slot);
    }
    if (red === 0) this.mendBlack(hole);
    this.keys[slot] = -1;
    this.keys[this.gap] = -1;
  }

  /** Empties the tree. */
  clear(): void {
    this.root = this.nil;
    this.keys.fill(-1);
    this.children.fill(this.nil);
    this.parents.fill(this.nil);
    this.reds.fill(0);
  }

  private requireNew(key: number): void {
    if (this.find(key) >= 0) throw new RangeError(`key ${key} is in the tree already`);
  }

  /** Makes `node`, whose key is set, a red leaf under `parent`, then mends colours. */
  private hang(node: number, parent: number): void {
    const { children, keys, nil } = this;
    children[2 * node] = nil;
    children[2 * node + 1] = nil;
    this.parents[node] = parent;
    this.reds[node] = 1;
    if (parent === nil) this.root = node;
    else {
      this.stats.probes++;
      children[2 * parent + (keys[node]! < keys[parent]! ? 0 : 1)] = node;
    }
    keys[this.gap] = -1;
    this.mendRed(node);
  }

  /** `node` is red and so may its parent be; all else is in order. */
  private mendRed(node: number): void {
    const { children, parents, reds } = this;
    let parent = parents[node]!;
    while (reds[parent] === 1) {
      const grand = parents[parent]!;
      const side = children[2 * grand] === parent ? 0 : 1;
      const uncle = children[2 * grand + 1 - side]!;
      if (reds[uncle] === 1) {
        reds[parent] = 0;
        reds[uncle] = 0;
        reds[grand] = 1;
        node = grand;
        parent = parents[node]!;
        continue;
      }
      if (children[2 * parent + side] !== node) {
        this.rotate(parent, side);
        parent = node;
      }
      reds[parent] = 0;
      reds[grand] = 1;
      this.rotate(grand, 1 - side);
      break;
    }
    reds[this.root] = 0;
  }

  /** The ways through `node`, which may be `nil` with its parent set, are one black node short. */
  private mendBlack(node: number): void {
    const { children, parents, reds } = this;
    while (node !== this.root && reds[node] === 0) {
      const parent = parents[node]!;
      const side = children[2 * parent] === node ? 0 : 1;
      let sibling = children[2 * parent + 1 - side]!;
      if (reds[sibling] === 1) {
        reds[sibling] = 0;
        reds[parent] = 1;
        this.rotate(parent, side);
        sibling = children[2 * parent + 1 - side]!;
      }
      const near = children[2 * sibling + side]!;
      let far = children[2 * sibling + 1 - side]!;
      if (reds[near] === 0 && reds[far] === 0) {
        reds[sibling] = 1;
        node = parent;
        continue;
      }
      if (reds[far] === 0) {
        this.rotate(sibling, 1 - side);
        far = sibling;
        sibling = near;
      }
      reds[sibling] = reds[parent]!;
      reds[parent] = 0;
      reds[far] = 0;
      this.rotate(parent, side);
      break;
    }
    reds[node] = 0;
  }

  /** Turns `node` down to `side`; its child of the other side takes its place. */
  private rotate(node: number, side: number): void {
    const children = this.children;
    const up = children[2 * node + 1 - side]!;
    const middle = children[2 * up + side]!;
    children[2 * node + 1 - side] = middle;
    if (middle !== this.nil) this.parents[middle] = node;
    this.hand(node, up);
    this.adopt(up, side, node);
    this.stats.rotations++;
  }

  /** The parent of `node` gets `other` instead of it. */
  private hand(node: number, other: number): void {
    const parent = this.parents[node]!;
    if (parent === this.nil) this.root = other;
    else {
      const right = this.children[2 * parent] === node ? 0 : 1;
      this.children[2 * parent + right] = other;
    }
    this.parents[other] = parent;
  }

  private adopt(parent: number, side: number, child: number): void {
    this.children[2 * parent + side] = child;
    this.parents[child] = parent;
  }

  /** `node` gets parent, colour and left child of `other`, which leaves the tree. */
  private takePlace(node: number, other: number): void {
    this.hand(other, node);
    this.adopt(node, 0, this.children[2 * other]!);
    this.reds[node] = this.reds[other]!;
  }
}
