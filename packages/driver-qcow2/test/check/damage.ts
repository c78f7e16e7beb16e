import type { Anatomy } from './anatomy.ts';

/** One way to damage an image; it does nothing where the image has not what it damages. */
export interface Damage {
  readonly name: string;
  /** Damages the image, and returns it. */
  readonly apply: (image: Anatomy) => Anatomy;
}

const FAR = 1n << 40n;
const COPIED = 1n << 63n;
const damage = (name: string, change: (image: Anatomy) => void): Damage => ({
  name,
  apply: (image) => {
    change(image);
    return image;
  },
});

const header: Damage[] = [
  damage('the dirty bit is set', (i) => i.flip(72, 1n)),
  damage('the corrupt bit is set', (i) => i.flip(72, 2n)),
  damage('dirty, and all counts are zero', (i) => {
    i.flip(72, 1n);
    i.bytes.fill(0, i.block, i.block + i.clusterSize);
  }),
];

const l1: Damage[] = [
  damage('an L1 entry has reserved bits', (i) => i.flip(i.l1, 0x0100000000000000n + 4n)),
  damage('an L1 entry is not aligned', (i) => i.flip(i.l1, 0x200n)),
  damage('an L1 entry is out of the file', (i) => i.flip(i.l1, FAR)),
  damage('an L1 entry is above 2^53', (i) => i.flip(i.l1, 1n << 54n)),
  damage('an L1 entry has the wrong COPIED flag', (i) => i.flip(i.l1, COPIED)),
  damage('an L1 entry is lost', (i) => i.put(i.l1, 0n)),
  damage('an L1 entry names the header extensions', (i) =>
    i.put(i.l1, BigInt(i.clusterSize) + COPIED),
  ),
  damage('an L1 entry names the L1 table', (i) => i.put(i.l1, BigInt(i.l1))),
  damage('an L1 entry names the refcount block', (i) => i.put(i.l1, BigInt(i.block) + COPIED)),
  damage('an L1 entry names guest data', (i) => i.put(i.l1, BigInt(i.offset(i.own[0]!)) + COPIED)),
  damage('two L1 entries name the same table', (i) => {
    if (i.cluster.header.l1Size > 1) i.put(i.l1 + 8, i.u64(i.l1));
  }),
];

const l2: Damage[] = [
  damage('an L2 entry has reserved bits', (i) => i.flip(i.own[1]!, 0x0100000000000000n + 4n)),
  damage('an L2 entry is not aligned', (i) => i.flip(i.own[1]!, 0x200n)),
  damage('an L2 entry is not aligned, nor owns a cluster', (i) =>
    i.put(i.own[1]!, COPIED + 0x600n),
  ),
  damage('an L2 entry is out of the file', (i) => i.flip(i.own[1]!, FAR)),
  damage('an L2 entry is just behind the file', (i) =>
    i.put(i.own[1]!, COPIED + BigInt(i.clusters * i.clusterSize)),
  ),
  damage('an L2 entry is above 2^53', (i) => i.flip(i.own[1]!, 1n << 55n)),
  damage('an L2 entry has lost COPIED', (i) => i.flip(i.own[1]!, COPIED)),
  damage('a shared L2 entry has COPIED', (i) => {
    const [shared] = i.entries((e) => e >> 62n === 0n && e > 0x1ffn);
    if (shared !== undefined) i.flip(shared, COPIED);
  }),
  damage('an L2 entry is lost', (i) => i.put(i.own[1]!, 0n)),
  damage('two L2 entries name the same cluster', (i) => i.put(i.own[1]!, i.u64(i.own[0]!))),
  damage('an L2 entry names its own table', (i) =>
    i.put(i.own[1]!, BigInt(i.l2Tables[0]!) + COPIED),
  ),
  damage('an L2 entry names the L1 table', (i) => i.put(i.own[1]!, BigInt(i.l1) + COPIED)),
  damage('an L2 entry names the refcount table', (i) =>
    i.put(i.own[1]!, BigInt(i.refcountTable) + COPIED),
  ),
  damage('an L2 entry names the refcount block', (i) => i.put(i.own[1]!, BigInt(i.block) + COPIED)),
  damage('an L2 entry has a zero flag', (i) => i.flip(i.own[1]!, 1n)),
  damage('an L2 table is zeros', (i) => {
    const table = i.l2Tables[0]!;
    i.bytes.fill(0, table, Math.min(table + i.clusterSize, i.bytes.length));
  }),
  damage('an L2 table is noise', (i) => {
    const table = i.l2Tables[0]!;
    for (let at = 0; at < i.clusterSize; at++)
      i.bytes[table + at] = (at * 167 + (at >> 3) * 31) & 255;
  }),
  damage('a subcluster is stored and zeros', (i) => {
    if (i.entrySize === 16) i.put(i.own[1]! + 8, 0x3_0000_0001n);
  }),
  damage('a subcluster is stored nowhere', (i) => {
    if (i.entrySize === 16) i.put(i.own[1]!, 0n);
  }),
  damage('a compressed cluster has COPIED', (i) => {
    const [at] = i.compressed;
    if (at !== undefined) i.flip(at, COPIED);
  }),
  damage('a compressed cluster is out of the file', (i) => {
    const [at] = i.compressed;
    if (at !== undefined) i.flip(at, 1n << 40n);
  }),
  damage('a compressed cluster claims too many sectors', (i) => {
    const at = i.compressed.at(-1);
    if (at !== undefined) i.put(at, i.u64(at) | (0x3fn << 56n));
  }),
  damage('a compressed cluster is at 0', (i) => {
    const [at] = i.compressed;
    if (at !== undefined) i.put(at, 1n << 62n);
  }),
];

const refcounts: Damage[] = [
  damage('the counts of a block are zero', (i) =>
    i.bytes.fill(0, i.block, i.block + i.clusterSize),
  ),
  damage('the counts of a block are large', (i) =>
    i.bytes.fill(0xff, i.block, i.block + i.clusterSize),
  ),
  damage('a byte of counts is zero', (i) => i.bytes.fill(0, i.block + 1, i.block + 2)),
  damage('a byte of counts is 255', (i) => i.bytes.fill(255, i.block + 1, i.block + 2)),
  damage('the last counts of a block are not zero', (i) => {
    i.bytes.fill(255, i.block + i.clusterSize - 8, i.block + i.clusterSize);
  }),
  damage('a refcount table entry is lost', (i) => i.put(i.refcountTable, 0n)),
  damage('a refcount table entry is not aligned', (i) => i.flip(i.refcountTable, 0x200n)),
  damage('a refcount table entry has reserved bits', (i) => i.flip(i.refcountTable, 4n)),
  damage('a refcount table entry is out of the file', (i) => i.flip(i.refcountTable, FAR)),
  damage('a refcount table entry is above 2^56', (i) => i.flip(i.refcountTable, 1n << 60n)),
  damage('two refcount table entries name the same block', (i) => {
    i.put(i.refcountTable + 8, i.u64(i.refcountTable));
  }),
  damage('a refcount table entry names guest data', (i) =>
    i.put(i.refcountTable, BigInt(i.offset(i.own[0]!))),
  ),
  damage('a refcount table entry names an L2 table', (i) =>
    i.put(i.refcountTable, BigInt(i.l2Tables[0]!)),
  ),
  damage('a refcount table entry names the L1 table', (i) => i.put(i.refcountTable, BigInt(i.l1))),
  damage('the refcount table is zeros', (i) => {
    i.bytes.fill(0, i.refcountTable, i.refcountTable + i.clusterSize);
  }),
  damage('the refcount table is out of the file', (i) => i.put(48, FAR)),
  damage('the refcount table has no clusters', (i) => i.bytes.writeUInt32BE(0, 56)),
  damage('the refcount table is guest data', (i) => i.put(48, BigInt(i.offset(i.own[0]!)))),
];

const snapshots: Damage[] = [
  damage('a snapshot L1 is not aligned', (i) => {
    if (i.snapshots > 0) i.flip(i.snapshots, 0x200n);
  }),
  damage('a snapshot L1 is out of the file', (i) => {
    if (i.snapshots > 0) i.flip(i.snapshots, FAR);
  }),
  damage('a snapshot L1 is too large', (i) => {
    if (i.snapshots > 0) i.bytes.writeUInt32BE(0x7fffffff, i.snapshots + 8);
  }),
  damage('a snapshot has too much extra data', (i) => {
    if (i.snapshots > 0) i.bytes.writeUInt32BE(0x10000000, i.snapshots + 36);
  }),
  damage('there are more snapshots than the table has', (i) => {
    if (i.snapshots > 0) i.bytes.writeUInt32BE(60000, 60);
  }),
  damage('the snapshot table is out of the file', (i) => {
    if (i.snapshots > 0) i.put(64, FAR);
  }),
  damage('a snapshot is lost', (i) => {
    if (i.snapshots > 0) i.bytes.writeUInt32BE(1, 60);
  }),
];

const others: Damage[] = [
  damage('the bitmap directory is noise', (i) => {
    if (i.bitmaps > 0) i.bytes.fill(0x5a, i.bitmaps, i.bitmaps + 48);
  }),
  damage('a bitmap table is out of the file', (i) => {
    if (i.bitmaps > 0) i.flip(i.bitmaps, FAR);
  }),
  damage('a bitmap table entry is out of the file', (i) => {
    if (i.bitmaps > 0) i.put(i.offset(i.bitmaps), FAR);
  }),
];

/** Each structure damaged in turn. */
export const DAMAGES: readonly Damage[] = [
  ...header,
  ...l1,
  ...l2,
  ...refcounts,
  ...snapshots,
  ...others,
];
