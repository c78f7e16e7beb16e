import { MemoryDevice } from '@q/block';
import { geometryOf, serializeQedHeader, type QedGeometry, type QedHeader } from '@q/qed';

/** A header that is valid as long as its file is: L1 table right behind it. */
export function headerOf(fields: Partial<QedHeader> = {}): QedHeader {
  const { clusterSize = 4096, headerClusters = 1 } = fields;
  return {
    clusterSize,
    tableClusters: 1,
    headerClusters,
    features: 0,
    compatFeatures: 0n,
    autoclearFeatures: 0n,
    l1TableOffset: headerClusters * clusterSize,
    imageSize: 2 ** 20,
    backingName: undefined,
    ...fields,
  };
}

/** An image put together by hand, cluster by cluster. */
export class HandMade {
  readonly file = new MemoryDevice();
  readonly geometry: QedGeometry;
  readonly header: QedHeader;

  /** @param clusters how many clusters the file has */
  constructor(clusters: number, fields: Partial<QedHeader> = {}) {
    this.header = headerOf(fields);
    this.geometry = geometryOf(this.header);
    this.file.resize(clusters * this.geometry.clusterSize);
    this.file.write(serializeQedHeader(this.header), 0);
  }

  /** Sets entry `index` of the table at cluster `table` to the offset of cluster `cluster`, plus `low` bits. */
  set(table: number, index: number, cluster: number, low = 0): this {
    const { clusterSize } = this.geometry;
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setBigUint64(0, BigInt(cluster * clusterSize + low), true);
    this.file.write(bytes, table * clusterSize + index * 8);
    return this;
  }

  entry(table: number, index: number): number {
    const bytes = new Uint8Array(8);
    this.file.read(bytes, table * this.geometry.clusterSize + index * 8);
    return Number(new DataView(bytes.buffer).getBigUint64(0, true));
  }

  get features(): number {
    const bytes = new Uint8Array(1);
    this.file.read(bytes, 16);
    return bytes[0]!;
  }
}
