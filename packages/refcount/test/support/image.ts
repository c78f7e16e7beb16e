import { MemoryDevice, run, wait, type BlockDevice, type Steps } from '@q/block';
import { TableCache, type CacheStrategy } from '@q/cache';
import { lruRbtree } from '@q/cache-lru-rbtree';
import { fillRefcounts, geometryOf, getRefcount, type Geometry, type Header } from '@q/format';
import { readRefcountTable, Refcounts, type RefcountsParts } from '../../src/index.ts';

/** Sizes of an image. */
export interface Shape {
  readonly clusterBits: number;
  /** log2 of the bits of a count. */
  readonly order: number;
}

export function geometryFor({ clusterBits, order }: Shape): Geometry {
  const header = {
    version: 3,
    clusterBits,
    size: 2 ** 30,
    refcountOrder: order,
    incompatibleFeatures: 0n,
    compatibleFeatures: 0n,
    autoclearFeatures: 0n,
  };
  return geometryOf(header as unknown as Header);
}

/** Where the header names the refcount table: offset (8 bytes) and clusters (4 bytes). */
const HEADER_FIELD = 48;

/** An image of header, table and first block: clusters 0 to 2. Nothing else is in it. */
export function emptyImage(shape: Shape, file: MemoryDevice = new MemoryDevice()): MemoryDevice {
  const { clusterSize, refcountOrder } = geometryFor(shape);
  const bytes = new Uint8Array(3 * clusterSize);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(HEADER_FIELD, BigInt(clusterSize));
  view.setUint32(HEADER_FIELD + 8, 1);
  view.setBigUint64(clusterSize, BigInt(2 * clusterSize));
  fillRefcounts(bytes.subarray(2 * clusterSize), refcountOrder, 0, 3, 1);
  file.write(bytes, 0);
  return file;
}

/** What tests may say about refcounts besides the file. */
export interface OpenOptions extends Partial<Pick<RefcountsParts, 'freed' | 'metadataAt'>> {
  readonly strategy?: CacheStrategy;
}

/** The refcounts of an image as its header, table and blocks stand in the file. */
export async function openCounts(
  file: BlockDevice,
  shape: Shape,
  { strategy = lruRbtree({ tables: 2 }), ...callbacks }: OpenOptions = {},
): Promise<Refcounts> {
  const geometry = geometryFor(shape);
  const field = new Uint8Array(12);
  await file.read(field, HEADER_FIELD);
  const view = new DataView(field.buffer);
  const offset = Number(view.getBigUint64(0));
  const table = await readRefcountTable(file, geometry, offset, view.getUint32(8));
  const cache = new TableCache({
    device: file,
    tableSize: geometry.clusterSize,
    strategy,
    name: 'refcount',
  });
  return new Refcounts({
    file,
    geometry,
    table,
    cache,
    tableMoved: (to, clusters) => run(moveTable(file, to, clusters)),
    ...callbacks,
  });
}

function* moveTable(file: BlockDevice, offset: number, clusters: number): Steps<void> {
  const bytes = new Uint8Array(12);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(offset));
  view.setUint32(8, clusters);
  yield* wait(file.write(bytes, HEADER_FIELD));
  yield* wait(file.flush());
}

/** Clusters that the refcounts themselves lie in: header, table, blocks. */
export function metadataOf({
  table,
  geometry,
}: {
  readonly table: { offset: number; clusters: number; blocks: Iterable<number> };
  readonly geometry: Geometry;
}): Set<number> {
  const metadata = new Set([0]);
  const first = table.offset / geometry.clusterSize;
  for (let i = 0; i < table.clusters; i++) metadata.add(first + i);
  for (const block of table.blocks) if (block !== 0) metadata.add(block / geometry.clusterSize);
  return metadata;
}

/** The counts of an image as they are on disk, read without any of the code under test but the parsing of a count. */
export class OnDisk {
  readonly geometry: Geometry;
  readonly table: { offset: number; clusters: number; blocks: number[] };
  private readonly file: MemoryDevice;
  private readonly read = new Map<number, Uint8Array>();

  /** Throws for a table or a block that is not in the file. */
  constructor(file: MemoryDevice, shape: Shape) {
    this.file = file;
    this.geometry = geometryFor(shape);
    const { clusterSize } = this.geometry;
    const header = new DataView(this.bytes(HEADER_FIELD, 12).buffer);
    const offset = Number(header.getBigUint64(0));
    const clusters = header.getUint32(8);
    const entries = new DataView(this.bytes(offset, clusters * clusterSize).buffer);
    const blocks: number[] = [];
    for (let at = 0; at < entries.byteLength; at += 8)
      blocks.push(Number(entries.getBigUint64(at)));
    this.table = { offset, clusters, blocks };
    for (const block of blocks) if (block !== 0) this.check(block, clusterSize);
  }

  private check(offset: number, length: number): void {
    if (offset + length <= this.file.size) return;
    throw new RangeError(`metadata at ${offset} is named and not in the file`);
  }

  private bytes(offset: number, length: number): Uint8Array {
    this.check(offset, length);
    const bytes = new Uint8Array(length);
    this.file.read(bytes, offset);
    return bytes;
  }

  /** The count of one cluster. */
  count(cluster: number): number {
    const { refcountsPerBlock, refcountOrder, clusterSize } = this.geometry;
    const index = Math.floor(cluster / refcountsPerBlock);
    const offset = this.table.blocks[index] ?? 0;
    if (offset === 0) return 0;
    let block = this.read.get(index);
    if (block === undefined) this.read.set(index, (block = this.bytes(offset, clusterSize)));
    return getRefcount(block, refcountOrder, cluster % refcountsPerBlock);
  }

  /** All counts from cluster 0 on, as far as there are blocks. */
  counts(): number[] {
    const { refcountsPerBlock, refcountOrder, clusterSize } = this.geometry;
    const { blocks } = this.table;
    const end = blocks.findLastIndex((block) => block !== 0) + 1;
    const counts: number[] = [];
    for (const block of blocks.slice(0, end)) {
      const bytes = block === 0 ? undefined : this.bytes(block, clusterSize);
      for (let i = 0; i < refcountsPerBlock; i++) {
        counts.push(bytes === undefined ? 0 : getRefcount(bytes, refcountOrder, i));
      }
    }
    return counts;
  }
}
