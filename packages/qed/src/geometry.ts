/** Sizes that follow from a header. Bytes, unless the name says otherwise. */
export interface QedGeometry {
  readonly clusterSize: number;
  /** Clusters of an L1 or L2 table. */
  readonly tableClusters: number;
  /** Bytes of an L1 or L2 table. */
  readonly tableBytes: number;
  /** Entries of an L1 or L2 table, 8 bytes each. */
  readonly entries: number;
  /** Bytes of guest disk that one L2 table maps. */
  readonly l2Span: number;
  /** The header and what belongs to it: nothing else begins before this. */
  readonly headerBytes: number;
  /** The largest guest disk: what two levels of tables map, as far as offsets are safe integers. */
  readonly maxSize: number;
}

/** The smallest and the largest cluster, bytes. */
export const CLUSTER_SIZE_RANGE = [2 ** 12, 2 ** 26] as const;
/** The fewest and the most clusters of a table. */
export const TABLE_CLUSTERS_RANGE = [1, 16] as const;
/** Guest disks are multiples of this, bytes. */
export const SECTOR_SIZE = 512;
/** The largest multiple of a sector that is a safe integer. */
const MOST_BYTES = 2 ** 53 - SECTOR_SIZE;

/** Computes the sizes that follow from three fields, which are valid. All of them are powers of two, so nothing is rounded. */
export function qedGeometry(
  clusterSize: number,
  tableClusters: number,
  headerClusters: number,
): QedGeometry {
  const tableBytes = clusterSize * tableClusters;
  const entries = tableBytes / 8;
  return {
    clusterSize,
    tableClusters,
    tableBytes,
    entries,
    l2Span: entries * clusterSize,
    headerBytes: headerClusters * clusterSize,
    // 64 MiB clusters: 2^80, which QEMU computes modulo 2^64.
    maxSize: Math.min(entries * entries * clusterSize, MOST_BYTES),
  };
}

/** Whether `value` is a power of two from `least` to `most`. */
export function isPowerWithin(value: number, [least, most]: readonly [number, number]): boolean {
  return value >= least && value <= most && Number.isInteger(Math.log2(value));
}
