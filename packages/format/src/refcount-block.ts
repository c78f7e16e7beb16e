/**
 * Refcount blocks: counts of 1 to 64 bits, packed. QCOW2 format, section "Host cluster management".
 *
 * `order` is log2 of the width, 0..6. Counts below a byte lie with entry 0 in the least significant bits; counts above are
 * big-endian. An index outside of the block is the caller's mistake: it reads as 0, and writing it does nothing.
 * @module
 */

const MAX_REFCOUNT = [1, 3, 15, 255, 0xffff, 0xffffffff, Number.MAX_SAFE_INTEGER] as const;

/** The greatest count of an order that a `number` holds: 2^bits - 1, and 2^53 - 1 for 64 bits. */
export function maxRefcountOf(order: number): number {
  return MAX_REFCOUNT[order] ?? Number.MAX_SAFE_INTEGER;
}

/** Counts in a block of that many bytes. */
export function refcountsIn(bytes: number, order: number): number {
  return (bytes * 8) >>> order;
}

/** Count `index` of a block. Exact up to 2^53 - 1; a greater one (64 bits only) is rounded and not a safe integer. */
export function getRefcount(block: Uint8Array, order: number, index: number): number {
  switch (order) {
    case 4: {
      const at = index * 2;
      return (block[at]! << 8) | block[at + 1]!;
    }
    case 3:
      return block[index]! | 0;
    case 0:
      return (block[index >>> 3]! >>> (index & 7)) & 1;
    case 1:
      return (block[index >>> 2]! >>> ((index & 3) * 2)) & 3;
    case 2:
      return (block[index >>> 1]! >>> ((index & 1) * 4)) & 15;
    case 5:
      return u32(block, index * 4);
    default:
      return u32(block, index * 8) * 0x1_0000_0000 + u32(block, index * 8 + 4);
  }
}

function u32(block: Uint8Array, at: number): number {
  return (
    ((block[at]! << 24) | (block[at + 1]! << 16) | (block[at + 2]! << 8) | block[at + 3]!) >>> 0
  );
}

/**
 * Sets count `index` of a block.
 * @throws RangeError when the count does not fit: check {@link maxRefcountOf} (`Geometry.maxRefcount`) before
 */
export function setRefcount(block: Uint8Array, order: number, index: number, count: number): void {
  if (!(count >= 0 && count <= maxRefcountOf(order))) {
    throw new RangeError(`a refcount of ${2 ** order} bits cannot be ${count}`);
  }
  switch (order) {
    case 4:
      block[index * 2] = count >>> 8;
      block[index * 2 + 1] = count;
      break;
    case 3:
      block[index] = count;
      break;
    case 0:
      setBits(block, index >>> 3, index & 7, 1, count);
      break;
    case 1:
      setBits(block, index >>> 2, (index & 3) * 2, 3, count);
      break;
    case 2:
      setBits(block, index >>> 1, (index & 1) * 4, 15, count);
      break;
    case 5:
      setU32(block, index * 4, count);
      break;
    default:
      setU32(block, index * 8, Math.floor(count / 0x1_0000_0000));
      setU32(block, index * 8 + 4, count);
  }
}

function setBits(block: Uint8Array, at: number, shift: number, mask: number, count: number): void {
  block[at] = (block[at]! & ~(mask << shift)) | (count << shift);
}

function setU32(block: Uint8Array, at: number, value: number): void {
  block[at] = value >>> 24;
  block[at + 1] = value >>> 16;
  block[at + 2] = value >>> 8;
  block[at + 3] = value;
}

/** Count `index` of a block of 64-bit counts (order 6), exact. */
export function getRefcount64(block: Uint8Array, index: number): bigint {
  return (BigInt(u32(block, index * 8)) << 32n) | BigInt(u32(block, index * 8 + 4));
}

/** Sets count `index` of a block of 64-bit counts (order 6). A count outside of 0..2^64 - 1 is a `RangeError`. */
export function setRefcount64(block: Uint8Array, index: number, count: bigint): void {
  if (BigInt.asUintN(64, count) !== count) {
    throw new RangeError(`a refcount of 64 bits cannot be ${count}`);
  }
  setU32(block, index * 8, Number(count >> 32n));
  setU32(block, index * 8 + 4, Number(count & 0xffffffffn));
}
