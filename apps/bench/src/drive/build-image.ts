import type { BlockDevice } from '@q/block';
import { create } from '@q/driver-qcow2';
import { entryHi, entryLo, fillRefcounts } from '@q/format';
import type { HeaderCluster } from '@q/format';
import { CLUSTER_BYTES } from './driven-mapping.ts';

const REFCOUNT_ORDER = 4;
const PER_BLOCK = CLUSTER_BYTES / 2;

/**
 * Makes an image in `file` whose L2 tables with these numbers (ascending) exist, empty, and no others; no data cluster does. The tables lie behind
 * each other in the file, and are holes in it: on a device that keeps holes an 8 TiB disk costs some kilobytes.
 *
 * The driver makes the image; the tables are entered into its L1 table and its refcounts here, as the format says they are.
 */
export async function buildImage(
  file: BlockDevice,
  diskSize: number,
  tables: readonly number[],
): Promise<void> {
  const image = await create(file, { size: diskSize, clusterSize: CLUSTER_BYTES });
  const { header } = image.header;
  await image.close();

  const first = Math.ceil(file.size / CLUSTER_BYTES);
  const blocks = await layOutBlocks(file, header.refcountTableOffset, first, tables.length);
  await file.resize(blocks.end * CLUSTER_BYTES);
  await writeCounts(file, header.refcountTableOffset, blocks);
  await writeL1(file, header, first, tables);
  await file.flush();
}

/** Which clusters hold refcount blocks, and where the clusters in use end. */
interface BlockLayout {
  readonly blocks: readonly number[];
  readonly end: number;
}

/** The blocks that `create` has made, and behind the tables as many more as the counts need. */
async function layOutBlocks(
  file: BlockDevice,
  tableOffset: number,
  first: number,
  tables: number,
): Promise<BlockLayout> {
  const bytes = new Uint8Array(CLUSTER_BYTES);
  await file.read(bytes, tableOffset);
  const view = new DataView(bytes.buffer);
  const blocks: number[] = [];
  for (let i = 0; ; i++) {
    const offset = view.getUint32(i * 8) * 2 ** 32 + view.getUint32(i * 8 + 4);
    if (offset === 0) break;
    blocks.push(offset / CLUSTER_BYTES);
  }
  let end = first + tables;
  while (blocks.length * PER_BLOCK < end) blocks.push(end++);
  return { blocks, end };
}

async function writeCounts(
  file: BlockDevice,
  tableOffset: number,
  { blocks, end }: BlockLayout,
): Promise<void> {
  const entry = new Uint8Array(8);
  for (const [i, block] of blocks.entries()) {
    const counts = new Uint8Array(CLUSTER_BYTES);
    fillRefcounts(counts, REFCOUNT_ORDER, 0, Math.min(PER_BLOCK, end - i * PER_BLOCK), 1);
    await file.write(counts, block * CLUSTER_BYTES);
    setEntry(entry, 0, block * CLUSTER_BYTES, false);
    await file.write(entry, tableOffset + i * 8);
  }
}

/** Writes the clusters of the L1 table that name a table; the others stay holes. */
async function writeL1(
  file: BlockDevice,
  { l1TableOffset, l1Size }: HeaderCluster['header'],
  first: number,
  tables: readonly number[],
): Promise<void> {
  const perCluster = CLUSTER_BYTES / 8;
  for (let i = 0; i < tables.length;) {
    const part = Math.floor(tables[i]! / perCluster);
    const end = Math.min((part + 1) * perCluster, l1Size);
    const bytes = new Uint8Array((end - part * perCluster) * 8);
    for (; i < tables.length && tables[i]! < end; i++) {
      setEntry(bytes, tables[i]! % perCluster, (first + i) * CLUSTER_BYTES, true);
    }
    await file.write(bytes, l1TableOffset + part * CLUSTER_BYTES);
  }
}

function setEntry(table: Uint8Array, index: number, offset: number, copied: boolean): void {
  const view = new DataView(table.buffer);
  view.setUint32(index * 8, entryHi(offset, copied));
  view.setUint32(index * 8 + 4, entryLo(offset));
}
