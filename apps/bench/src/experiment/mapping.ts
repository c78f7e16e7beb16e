import { spanOf } from '../traces/index.ts';

/** How guest bytes become cache keys, and what a key costs to load. */
export interface Mapping {
  /** As the user wrote it: `l2slice4k`, `1048576`. */
  readonly name: string;
  /** Guest bytes that one table maps. */
  readonly span: number;
  /** Bytes of one table: what a miss loads. */
  readonly tableBytes: number;
}

const CLUSTER = 65536;
const ENTRY = 8;

/** The mapping called `map`: a name, or a number of bytes. Throws a `RangeError` that lists the names. */
export function mappingOf(map: string): Mapping {
  const span = spanOf(map);
  return { name: map, span, tableBytes: tableBytes(span) };
}

/**
 * The size of the table whose entries map `span` guest bytes, with 8-byte entries for 64 KiB clusters: 4 KiB for l2slice4k, 64 KiB for
 * l2full64k, 256 KiB for qed2g. A span below one cluster counts as one entry.
 */
export function tableBytes(span: number): number {
  return Math.ceil(span / CLUSTER) * ENTRY;
}
