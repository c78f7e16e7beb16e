import type { StrategyStats } from '../strategy.ts';
import type { Loads } from './loads.ts';
import type { TableSlots } from './table-slots.ts';
import type { WriteBacks } from './write-backs.ts';
import type { WriteOrder } from './write-order.ts';

/** The parts of a cache that count. */
interface Counters {
  readonly slots: TableSlots;
  readonly loads: Loads;
  readonly backs: WriteBacks;
  readonly order: WriteOrder;
}

/** What a {@link TableCache} has done so far, beside what its strategy has counted. Live: the numbers go on. */
export class TableCacheStats {
  /** The strategy's own counts. */
  readonly strategy: StrategyStats;
  readonly #of: Counters;

  constructor(strategy: StrategyStats, counters: Counters) {
    this.strategy = strategy;
    this.#of = counters;
  }

  /** Tables read from the device. */
  get loads(): number {
    return this.#of.loads.count;
  }

  get bytesLoaded(): number {
    return this.#of.loads.count * this.#of.slots.tableSize;
  }

  /** Tables written to the device. */
  get writeBacks(): number {
    return this.#of.backs.tablesWritten;
  }

  get bytesWritten(): number {
    return this.#of.backs.tablesWritten * this.#of.slots.tableSize;
  }

  /** Flushes, of another cache or of a device, that had to be made before tables could be written. */
  get forcedFlushes(): number {
    return this.#of.order.forcedFlushes;
  }

  /** The most tables that were pinned at once. */
  get peakPinned(): number {
    return this.#of.slots.peakPinned;
  }
}
