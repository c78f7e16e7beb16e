import { ImageError, type BlockDevice } from '@q/block';
import {
  AUTOCLEAR_RAW_DATA_FILE,
  COMPATIBLE_LAZY_REFCOUNTS,
  entryHi,
  entryLo,
  fillRefcounts,
  FORMAT_LIMITS_DEFAULTS,
  HEADER_V3_BYTES,
  INCOMPATIBLE_COMPRESSION,
  INCOMPATIBLE_DATA_FILE,
  INCOMPATIBLE_EXTENDED_L2,
  KNOWN_FEATURES,
  serializeHeaderCluster,
  type Header,
  type HeaderExtension,
} from '@q/format';
import { luksAreaBytes } from '@q/format/luks';
import { planCreate, type CreatePlan, type Qcow2CreateOptions } from './create-options.ts';
import { createLuks, luksKeyBytes } from './encryption/create-luks.ts';
import type { Qcow2Image } from './image.ts';
import { open, openWith } from './open.ts';
import type { Qcow2OpenOptions } from './options.ts';

/** Where the structures of a fresh image are, in clusters. */
interface Layout {
  readonly tableClusters: number;
  readonly l1Cluster: number;
  readonly l1Entries: number;
  /** Clusters in use: all of them, from 0 on. */
  readonly used: number;
  /** Cluster of each refcount block. */
  readonly blocks: readonly number[];
  /** First cluster of the LUKS header, and bytes of the header with its key material: 0 without encryption. */
  readonly luksCluster: number;
  readonly luksBytes: number;
}

/**
 * Makes an empty QCOW2 image in `file`, whose old content is lost, and opens it.
 *
 * Header, refcount table, first refcount block, L1 table, and behind it more refcount blocks where one is not enough: the layout of qemu-img. The LUKS header of an
 * encrypted image comes last.
 *
 * @throws RangeError for options the format does not have; ImageError `limit` when the disk is too large for the cluster size; `no-space`, `io`
 */
export async function create(
  file: BlockDevice,
  options: Qcow2CreateOptions,
  openOptions: Qcow2OpenOptions = {},
): Promise<Qcow2Image> {
  const plan = planCreate(options);
  const layout = layOut(plan);
  const luks =
    plan.encryption === undefined
      ? undefined
      : await createLuks(plan.encryption, openOptions.limits);
  const clusterSize = 2 ** plan.clusterBits;
  await file.resize(0);
  const { blocks, used, tableClusters, l1Cluster, l1Entries } = layout;
  const table = new Uint8Array(tableClusters * clusterSize);
  const tableView = new DataView(table.buffer);
  const perBlock = (clusterSize * 8) / 2 ** plan.refcountOrder;
  for (const [i, block] of blocks.entries()) {
    tableView.setUint32(i * 8, entryHi(block * clusterSize, false));
    tableView.setUint32(i * 8 + 4, entryLo(block * clusterSize));
    const counts = new Uint8Array(clusterSize);
    fillRefcounts(counts, plan.refcountOrder, 0, Math.min(perBlock, used - i * perBlock), 1);
    await file.write(counts, block * clusterSize);
  }
  await file.write(table, clusterSize);
  // The file ends with the last L1 entry, unless more blocks follow it.
  const end = Math.max(file.size, l1Cluster * clusterSize + l1Entries * 8);
  if (end > file.size) await file.resize(end);
  if (luks !== undefined) {
    const at = layout.luksCluster * clusterSize;
    // All of its clusters: what is not written there are zeroes.
    await file.resize(used * clusterSize);
    await file.write(luks.header, at);
    await file.write(luks.material, at + luks.materialOffset);
  }
  // The header last: what has one is an image.
  await file.flush();
  await file.write(serializeHeaderCluster(headerCluster(plan, layout)), 0);
  await file.flush();
  const opened = (how: Qcow2OpenOptions): Promise<Qcow2Image> =>
    luks === undefined ? open(file, how) : openWith(file, how, () => luks.encryption);
  if (plan.preallocation === 'off') return await opened(openOptions);
  const image = await opened({ ...openOptions, readOnly: false });
  try {
    await image.preallocate(plan.preallocation);
  } catch (error) {
    await Promise.allSettled([image.close()]);
    throw error;
  }
  if (openOptions.readOnly !== true) return image;
  await image.close();
  return await opened(openOptions);
}

function layOut(plan: CreatePlan): Layout {
  const clusterSize = 2 ** plan.clusterBits;
  const l2Entries = clusterSize / (plan.extendedL2 ? 16 : 8);
  const l1Entries = Math.ceil(plan.size / (clusterSize * l2Entries));
  if (l1Entries * 8 > FORMAT_LIMITS_DEFAULTS.l1Bytes) {
    throw new ImageError(
      'limit',
      `A disk of ${plan.size} bytes is too large for clusters of ${clusterSize} bytes: use larger clusters.`,
      { subject: 'size', expected: (FORMAT_LIMITS_DEFAULTS.l1Bytes / 8) * clusterSize * l2Entries },
    );
  }
  const l1Clusters = Math.ceil((l1Entries * 8) / clusterSize);
  const luksBytes =
    plan.encryption === undefined ? 0 : luksAreaBytes(luksKeyBytes(plan.encryption));
  const luksClusters = Math.ceil(luksBytes / clusterSize);
  const perBlock = (clusterSize * 8) / 2 ** plan.refcountOrder;
  let tableClusters = 1;
  let blockCount = 1;
  for (;;) {
    const used = 1 + tableClusters + blockCount + l1Clusters + luksClusters;
    const needed = Math.ceil(used / perBlock);
    const neededTable = Math.ceil((Math.max(needed, blockCount) * 8) / clusterSize);
    if (needed <= blockCount && neededTable <= tableClusters) break;
    blockCount = Math.max(blockCount, needed);
    tableClusters = Math.max(tableClusters, neededTable);
  }
  const l1Cluster = 2 + tableClusters;
  const blocks = [1 + tableClusters];
  while (blocks.length < blockCount) blocks.push(l1Cluster + l1Clusters + blocks.length - 1);
  const luksCluster = 1 + tableClusters + blockCount + l1Clusters;
  return {
    tableClusters,
    l1Cluster,
    l1Entries,
    used: luksCluster + luksClusters,
    blocks,
    luksCluster,
    luksBytes,
  };
}

function headerCluster(
  plan: CreatePlan,
  layout: Layout,
): Parameters<typeof serializeHeaderCluster>[0] {
  const clusterSize = 2 ** plan.clusterBits;
  const common = {
    backingFileOffset: 0,
    backingFileSize: 0,
    clusterBits: plan.clusterBits,
    size: plan.size,
    cryptMethod: layout.luksBytes === 0 ? 0 : 2,
    l1Size: layout.l1Entries,
    l1TableOffset: layout.l1Entries === 0 ? 0 : layout.l1Cluster * clusterSize,
    refcountTableOffset: clusterSize,
    refcountTableClusters: layout.tableClusters,
    snapshotCount: 0,
    snapshotsOffset: 0,
  } as const;
  const header: Header =
    plan.version === 2
      ? { version: 2, ...common }
      : {
          version: 3,
          ...common,
          incompatibleFeatures:
            (plan.compressionType === 0 ? 0n : INCOMPATIBLE_COMPRESSION) |
            (plan.extendedL2 ? INCOMPATIBLE_EXTENDED_L2 : 0n) |
            (plan.dataFile === undefined ? 0n : INCOMPATIBLE_DATA_FILE),
          compatibleFeatures: plan.lazyRefcounts ? COMPATIBLE_LAZY_REFCOUNTS : 0n,
          autoclearFeatures: plan.dataFile?.raw === true ? AUTOCLEAR_RAW_DATA_FILE : 0n,
          refcountOrder: plan.refcountOrder,
          headerLength: HEADER_V3_BYTES,
          compressionType: plan.compressionType,
          unknownFields: new Uint8Array(7),
        };
  const extensions: HeaderExtension[] = [];
  if (plan.backing !== undefined) {
    extensions.push({ kind: 'backing-format', format: plan.backing.format });
  }
  if (plan.dataFile !== undefined) {
    extensions.push({ kind: 'data-file', name: plan.dataFile.name });
  }
  if (layout.luksBytes > 0) {
    const offset = layout.luksCluster * clusterSize;
    extensions.push({ kind: 'luks', offset, length: layout.luksBytes });
  }
  // Where a cluster has little room the names of the feature bits are left out.
  if (plan.version === 3 && clusterSize > 4096) {
    extensions.push({ kind: 'feature-names', names: KNOWN_FEATURES });
  }
  return { header, extensions, backingFile: plan.backing?.name };
}
