import type { BlockDevice } from '@q/block';
import type { CacheStrategy } from '../strategy.ts';

/** What a {@link TableCache} is made of. */
export interface TableCacheOptions {
  /** Where the tables are. The cache never closes it. */
  readonly device: BlockDevice;
  /** Bytes of a table: a power of two from 512 to 2 MiB. */
  readonly tableSize: number;
  /**
   * What offsets of tables are multiples of: a power of two from 512 to the table's size, where tables begin at any cluster but are larger than one. Tables must not overlap.
   * The strategy's key is the offset divided by it. Default: the table's size.
   */
  readonly alignment?: number;
  /** Decides which tables are in memory. New, and for this cache alone. */
  readonly strategy: CacheStrategy;
  /** For messages. Default `table`. */
  readonly name?: string;
  /** Byte order of `u32` and `setU32`. Default false: big-endian. */
  readonly littleEndian?: boolean;
  /**
   * Called before a table is written with the bytes it will cover, for checks that it does not land on something else. When it throws that table is not written, stays
   * dirty, and the error is reported as one of the write.
   */
  readonly beforeWrite?: (offset: number, length: number) => void;
}

/** What a {@link TableCache} does when it is not told. */
export const TABLE_CACHE_DEFAULTS = { name: 'table', littleEndian: false } as const;

/** The largest table, in bytes. */
export const MAX_TABLE_SIZE = 2 * 1024 * 1024;

const inUse = new WeakSet<CacheStrategy>();

/** Checks the options, fills in the defaults, and takes the strategy. */
export function checkOptions(
  options: TableCacheOptions,
): TableCacheOptions & Required<Pick<TableCacheOptions, 'alignment' | 'name' | 'littleEndian'>> {
  const checked = { ...TABLE_CACHE_DEFAULTS, alignment: options.tableSize, ...options };
  const { tableSize, alignment, strategy } = checked;
  checkPower('tableSize', tableSize, MAX_TABLE_SIZE);
  checkPower('alignment', alignment, tableSize);
  if (inUse.has(strategy)) {
    throw new TypeError(
      `the strategy ${strategy.name} serves another cache already: make one for each`,
    );
  }
  inUse.add(strategy);
  return checked;
}

function checkPower(name: string, value: number, most: number): void {
  if (!(value >= 512 && value <= most) || !Number.isInteger(Math.log2(value))) {
    throw new RangeError(`${name} must be a power of two from 512 to ${most}, not ${value}`);
  }
}
