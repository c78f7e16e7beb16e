import type { QedGeometry } from '@q/qed';
import type { L1Table } from './l1-table.ts';

/** Which host clusters hold tables: guest data must never be written there, whatever a damaged entry says. The header needs no place here: no valid entry names it. */
export class TablesMap {
  private readonly clusters = new Set<number>();
  private readonly geometry: QedGeometry;

  constructor(l1: L1Table, geometry: QedGeometry) {
    this.geometry = geometry;
    this.add(l1.offset);
    this.addFrom(l1, 0);
  }

  /** The L2 tables of L1 entries from `first` on. */
  addFrom(l1: L1Table, first: number): void {
    for (let i = first; i < l1.tables.length; i++) {
      const table = l1.tables[i]!;
      if (table > 0) this.add(table);
    }
  }

  /** A table at host offset `table`. */
  add(table: number): void {
    const { clusterSize, tableClusters } = this.geometry;
    const first = table / clusterSize;
    for (let at = first; at < first + tableClusters; at++) this.clusters.add(at);
  }

  /** The host offset of the first table cluster that `bytes` bytes at host offset `offset` touch, or -1. */
  overlap(offset: number, bytes: number): number {
    const { clusterSize } = this.geometry;
    const end = Math.ceil((offset + bytes) / clusterSize);
    for (let at = Math.floor(offset / clusterSize); at < end; at++) {
      if (this.clusters.has(at)) return at * clusterSize;
    }
    return -1;
  }
}
