import { mappingOf } from '../experiment/mapping.ts';
import type { Mapping } from '../experiment/mapping.ts';

/** Bytes of a cluster in the images that are driven. */
export const CLUSTER_BYTES = 65536;
const LEAST_SLICE = 512;

/**
 * The mapping called `map`, if a QCOW2 image with 64 KiB clusters has it: its key is a slice of an L2 table, 512 bytes to the whole 64 KiB. Throws a `RangeError`
 * that says which ones there are.
 */
export function drivenMappingOf(map: string): Mapping {
  const mapping = mappingOf(map);
  const { span, tableBytes } = mapping;
  if (
    span === (tableBytes / 8) * CLUSTER_BYTES &&
    Number.isInteger(Math.log2(tableBytes)) &&
    tableBytes >= LEAST_SLICE &&
    tableBytes <= CLUSTER_BYTES
  ) {
    return mapping;
  }
  throw new RangeError(
    `the QCOW2 driver cannot have ${map} tables: l2slice4k, l2full64k, or a power of two from 4194304 to 536870912 bytes ` +
      '(slices of 512 B to 64 KiB, clusters of 64 KiB); simulate takes any',
  );
}
