import {
  ENTRY_DATA,
  ENTRY_INVALID,
  ENTRY_UNALLOCATED,
  ENTRY_ZERO,
  entryHi,
  entryKind,
  entryLo,
  entryOffset,
  isTableOffset,
  qedGeometry,
} from '@q/qed';
import { describe, expect, it } from 'vitest';

const end = 2 ** 40;
const kindOf = (offset: number, clusterSize = 4096): number =>
  entryKind(entryLo(offset), entryHi(offset), qedGeometry(clusterSize, 1, 2), end);

describe('an L2 entry', () => {
  it('is nothing, zeroes, or a cluster behind the header and inside the file', () => {
    expect(kindOf(0)).toBe(ENTRY_UNALLOCATED);
    expect(kindOf(1)).toBe(ENTRY_ZERO);
    for (const offset of [8192, 2 ** 32, end - 4096]) expect(kindOf(offset)).toBe(ENTRY_DATA);
    for (const offset of [2, 0x1001, 4096, 8192 + 512, end, end - 2048, 2 ** 52]) {
      expect(kindOf(offset)).toBe(ENTRY_INVALID);
    }
    expect(entryKind(1, 1, qedGeometry(4096, 1, 1), end)).toBe(ENTRY_INVALID);
    expect(entryKind(0, 0xffffffff, qedGeometry(4096, 1, 1), end)).toBe(ENTRY_INVALID);
  });

  it('has no bits below a large cluster', () => {
    expect(kindOf(2 ** 32 + 2 ** 25, 2 ** 26)).toBe(ENTRY_INVALID);
    expect(kindOf(2 ** 32 + 2 ** 26, 2 ** 26)).toBe(ENTRY_DATA);
  });

  it('is split and joined without loss', () => {
    for (const offset of [0, 2 ** 31, 2 ** 32 - 4096, 2 ** 52 - 4096]) {
      expect(entryOffset(entryLo(offset), entryHi(offset))).toBe(offset);
    }
  });
});

it('a table is wholly in the file, tables of one cluster too', () => {
  for (const clusters of [1, 2, 16]) {
    const geometry = qedGeometry(4096, clusters, 1);
    const last = end - clusters * 4096;
    for (const offset of [4096, last]) expect(isTableOffset(offset, geometry, end)).toBe(true);
    for (const offset of [0, 1, 4097, last + 4096]) {
      expect(isTableOffset(offset, geometry, end)).toBe(false);
    }
  }
});
