import type { StrategyStats } from '../strategy.ts';
import type { WriteBacks } from './write-backs.ts';
import type { WriteOrder } from './write-order.ts';

/** What a {@link TableCache} has done so far, beside what its strategy has counted. Live: the numbers go on. */
export class TableCacheStats {
  /** The strategy's own counts. */
  readonly strategy: StrategyStats;
  /** Tables read from the device. */
  loads = 0;
  bytesLoaded = 0;
  /** The most tables that were pinned at once. */
  peakPinned = 0;
  readonly #backs: WriteBacks;
  readonly #order: WriteOrder;

  constructor(strategy: StrategyStats, backs: WriteBacks, order: WriteOrder) {
    this.strategy = strategy;
    this.#backs = backs;
    this.#order = order;
  }

  /** Tables written to the device. */
  get writeBacks(): number {
    return this.#backs.tablesWritten;
  }

  get bytesWritten(): number {
    return this.#backs.bytesWritten;
  }

  /** Flushes, of another cache or of a device, that had to be made before tables could be written. */
  get forcedFlushes(): number {
    return this.#order.forcedFlushes;
  }
}
