/** An entry of a {@link QedL2Cache}: a table, and how many use it. */
export class QedL2Entry<Table> {
  /** Host offset of the table. Set it before `commit`. */
  offset = 0;
  /** The table itself, whatever the caller keeps. Set it before `commit`. */
  table: Table | undefined;
  /** Users, and one more while the entry is in the cache. At 0 it is gone. */
  refs = 1;
}

/** What a {@link QedL2Cache} is like. */
export interface QedL2CacheOptions<Table> {
  /** Tables that stay. Default {@link QED_L2_CACHE_TABLES}. */
  readonly tables?: number;
  /** Called with the table of an entry when its last user lets go: its memory may be used again. */
  readonly freed?: (table: Table) => void;
}

/** How many tables QEMU's QED driver keeps: with default clusters and tables they map 100 GiB. */
export const QED_L2_CACHE_TABLES = 50;

/**
 * QED's own cache of L2 tables, by its four calls. Entries are counted references: one for the cache, one for each user. An entry that
 * leaves the cache while somebody uses it lives on until the last user calls `unref`.
 *
 * - A request calls `find`. After a miss it calls `alloc`, reads the table, fills in `offset` and `table`, and calls `commit`.
 * - `commit` takes the caller's reference: to go on using the table, `find` it again, by an offset that was kept elsewhere, because the
 *   entry may be gone. When somebody else has committed the same table meanwhile, that one stays and the caller's copy is dropped.
 * - First in, first out; a hit moves nothing. Entries in use are passed over. When all are in use the cache grows, and the next commits
 *   bring it back to size as far as entries have been let go.
 *
 * The cache is write-through: commit a table when it is on disk and the L1 table names it, not before.
 *
 * ```ts
 * let entry = cache.find(offset);
 * if (entry === undefined) {
 *   const fresh = cache.alloc();
 *   fresh.table = await readTable(offset);
 *   fresh.offset = offset;
 *   cache.commit(fresh);
 *   entry = cache.find(offset)!;
 * }
 * // ... use entry.table ...
 * cache.unref(entry);
 * ```
 */
export class QedL2Cache<Table> {
  /** Tables that stay. */
  readonly capacity: number;
  /** Entries that left to make room. */
  evictions = 0;
  private readonly freed: ((table: Table) => void) | undefined;
  /** By offset; a `Map` keeps the order in which they came. */
  private readonly entries = new Map<number, QedL2Entry<Table>>();

  /** @throws RangeError for a number of tables below 1 */
  constructor(options: QedL2CacheOptions<Table> = {}) {
    const { tables = QED_L2_CACHE_TABLES, freed } = options;
    if (!Number.isSafeInteger(tables) || tables < 1) {
      throw new RangeError(`tables must be a whole number from 1 up, not ${tables}`);
    }
    this.capacity = tables;
    this.freed = freed;
  }

  /** Entries in the cache now, more than `capacity` after commits while all were in use. */
  get size(): number {
    return this.entries.size;
  }

  /** A new entry that nobody else sees, with one reference, the caller's. */
  alloc(): QedL2Entry<Table> {
    return new QedL2Entry<Table>();
  }

  /** The entry of the table at `offset`, with a reference for the caller; undefined when it is not cached. */
  find(offset: number): QedL2Entry<Table> | undefined {
    const entry = this.entries.get(offset);
    if (entry !== undefined) entry.refs++;
    return entry;
  }

  /**
   * Puts an entry from `alloc` into the cache. Takes the caller's reference.
   * @throws TypeError for an entry that is gone or that is in the cache already
   */
  commit(entry: QedL2Entry<Table>): void {
    const present = this.entries.get(entry.offset);
    if (entry.refs < 1 || present === entry) {
      throw new TypeError('only an entry of one own reference, from alloc, can be committed');
    }
    if (present !== undefined) {
      this.unref(entry);
      return;
    }
    if (this.entries.size >= this.capacity) this.shrink();
    this.entries.set(entry.offset, entry);
  }

  /**
   * Gives a reference back.
   * @throws TypeError for an entry that is gone
   */
  unref(entry: QedL2Entry<Table>): void {
    if (entry.refs < 1) throw new TypeError('the entry has no reference left');
    entry.refs--;
    if (entry.refs > 0) return;
    const { table } = entry;
    entry.table = undefined;
    if (table !== undefined) this.freed?.(table);
  }

  /** Lets go of entries that nobody uses, oldest first, until there is room for one. */
  private shrink(): void {
    for (const [offset, entry] of this.entries) {
      if (entry.refs > 1) continue;
      this.entries.delete(offset);
      this.evictions++;
      this.unref(entry);
      if (this.entries.size < this.capacity) return;
    }
  }
}
