import { hostOffsetOf, parseHeaderCluster, type HeaderCluster } from '@q/format';
import { extensionOf } from '@q/format';

/** An image in memory, with the places of its structures, to be damaged. */
export class Anatomy {
  readonly bytes: Buffer;
  readonly cluster: HeaderCluster;
  readonly clusterSize: number;
  /** Bytes of an L2 entry. */
  readonly entrySize: number;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
    this.cluster = parseHeaderCluster(bytes);
    this.clusterSize = 2 ** this.cluster.header.clusterBits;
    const { header } = this.cluster;
    this.entrySize = header.version === 3 && (header.incompatibleFeatures & 16n) !== 0n ? 16 : 8;
  }

  get clusters(): number {
    return Math.ceil(this.bytes.length / this.clusterSize);
  }

  u64(at: number): bigint {
    return this.bytes.readBigUInt64BE(at);
  }

  put(at: number, value: bigint): void {
    this.bytes.writeBigUInt64BE(BigInt.asUintN(64, value), at);
  }

  flip(at: number, bits: bigint): void {
    this.put(at, this.u64(at) ^ bits);
  }

  offset(at: number): number {
    return hostOffsetOf(this.bytes.readUInt32BE(at), this.bytes.readUInt32BE(at + 4));
  }

  get l1(): number {
    return this.cluster.header.l1TableOffset;
  }

  /** The active L2 tables. */
  get l2Tables(): number[] {
    const list: number[] = [];
    for (let i = 0; i < this.cluster.header.l1Size; i++) {
      const table = this.offset(this.l1 + i * 8);
      if (table !== 0) list.push(table);
    }
    return list;
  }

  /** Where the entries of active L2 tables stand that `wanted` says yes to. */
  entries(wanted: (value: bigint) => boolean): number[] {
    return this.l2Tables.flatMap((table) => {
      const list: number[] = [];
      for (let at = table; at < table + this.clusterSize; at += this.entrySize) {
        if (at + 8 <= this.bytes.length && wanted(this.u64(at))) list.push(at);
      }
      return list;
    });
  }

  /** Entries of data clusters in use by the active disk alone. */
  get own(): number[] {
    return this.entries(
      (e) => e >> 62n === 2n && (e & 0x1ffn) === 0n && (e & 0xfffffffffffe00n) !== 0n,
    );
  }

  get compressed(): number[] {
    return this.entries((e) => e >> 62n === 1n);
  }

  get refcountTable(): number {
    return this.cluster.header.refcountTableOffset;
  }

  /** The first refcount block. */
  get block(): number {
    return Number(this.u64(this.refcountTable));
  }

  get snapshots(): number {
    return this.cluster.header.snapshotsOffset;
  }

  /** Where the directory of bitmaps is; 0 = none. */
  get bitmaps(): number {
    return extensionOf(this.cluster, 'bitmaps')?.directoryOffset ?? 0;
  }
}
