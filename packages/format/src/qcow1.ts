/**
 * QCOW version 1 on-disk structures: parse, validate, serialize. Pure functions over bytes.
 * @module
 */
export {
  QCOW1_COMPRESSED_HI,
  decodeQcow1L1Entry,
  decodeQcow1L2Entry,
  qcow1CompressedHi,
  qcow1CompressedLengthOf,
  qcow1CompressedLimit,
  qcow1CompressedOffsetOf,
  qcow1L2Kind,
  qcow1OffsetOf,
} from './qcow1/entries.ts';
export type { Qcow1L2Entry } from './qcow1/entries.ts';
export { qcow1GeometryOf } from './qcow1/geometry.ts';
export type { Qcow1Geometry } from './qcow1/geometry.ts';
export {
  QCOW1_HEADER_BYTES,
  isQcow1,
  parseQcow1BackingName,
  parseQcow1Header,
  qcow1L1Entries,
  serializeQcow1Header,
  validateQcow1Header,
} from './qcow1/header.ts';
export type { Qcow1Header } from './qcow1/header.ts';
