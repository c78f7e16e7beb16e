import { serializeHeader, type Header } from './header.ts';
import type { HeaderRules } from './header-rules.ts';

/** Fields that are changed together, in one small write: where they start and end in the header, bytes. */
const PATCHES = {
  /** Virtual size. */
  size: [24, 32],
  /** L1 table: entries and offset. */
  l1: [36, 48],
  /** Virtual size, encryption method and L1 table: another disk. */
  disk: [24, 48],
  /** Refcount table: offset and clusters. */
  refcountTable: [48, 60],
  /** Snapshots: count and offset of the table. */
  snapshots: [60, 72],
  /** The three words of feature bits; version 3 only. */
  features: [72, 96],
} as const;

/** Which fields of a header a patch has. */
export type HeaderPatchKind = keyof typeof PATCHES;

/** Bytes to write at an offset of the image. */
export interface HeaderPatch {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/**
 * The bytes of some fields of a header, for the one small write that commits a change: after a table was moved, the fields that name
 * it are written together, and nothing else of the header.
 *
 * @param header the header with the change made; validated whole
 * @throws RangeError for feature bits of version 2, which has none
 */
export function headerPatch(
  header: Header,
  kind: HeaderPatchKind,
  rules: HeaderRules = {},
): HeaderPatch {
  const [offset, end] = PATCHES[kind];
  if (kind === 'features' && header.version === 2) {
    throw new RangeError('a version 2 header has no feature bits');
  }
  return { offset, bytes: serializeHeader(header, rules).slice(offset, end) };
}
