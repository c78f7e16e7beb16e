import type { HostOffset } from '../addresses.ts';
import { qcow1L1Entries, type Qcow1Header } from './header.ts';

/** Sizes of a QCOW version 1 image. `l1IndexOf`, `l2IndexOf` and `inClusterOf` of `@q/format` take it. */
export interface Qcow1Geometry {
  readonly clusterBits: number;
  /** Bytes. */
  readonly clusterSize: number;
  /** Bytes the guest sees: the stored size floored to 512. */
  readonly virtualSize: number;
  /** Entries of an L2 table. */
  readonly l2Entries: number;
  /** Bytes of an L2 table; not the cluster size. */
  readonly l2Bytes: number;
  /** Guest bytes that one L1 entry maps. */
  readonly l1Span: number;
  /** Entries of the L1 table. */
  readonly l1Entries: number;
  readonly l1TableOffset: HostOffset;
  /** Plain clusters are AES encrypted; compressed ones never are. */
  readonly encrypted: boolean;
}

/** The geometry of a validated header. */
export function qcow1GeometryOf(header: Qcow1Header): Qcow1Geometry {
  const { clusterBits, l2Bits, l1TableOffset } = header;
  const l2Entries = 2 ** l2Bits;
  return {
    clusterBits,
    clusterSize: 2 ** clusterBits,
    virtualSize: Math.floor(header.size / 512) * 512,
    l2Entries,
    l2Bytes: l2Entries * 8,
    l1Span: 2 ** (clusterBits + l2Bits),
    l1Entries: qcow1L1Entries(header),
    l1TableOffset,
    encrypted: header.cryptMethod === 1,
  };
}
