import type { Steps } from '@q/block';
import { getRefcount } from '@q/format';
import { pinBlock } from './pin-block.ts';
import type { Refcounts } from './refcounts.ts';
import { settle } from './unsettled.ts';

/** A count of 1, of 16 bits, in the byte order of this machine. */
const ONE = new Uint16Array(Uint8Array.of(0, 1).buffer)[0]!;

/** Which clusters have one user: see {@link Refcounts.readOnes}. */
export function* readOnes(refcounts: Refcounts, first: number, into: Uint8Array): Steps<void> {
  if (refcounts.unsettled.any) yield* settle(refcounts);
  const { refcountsPerBlock, refcountOrder } = refcounts.geometry;
  if (first % refcountsPerBlock !== 0 || into.length % refcountsPerBlock !== 0) {
    throw new RangeError(`[${first}, +${into.length}) is not whole blocks`);
  }
  for (let done = 0; done < into.length; done += refcountsPerBlock) {
    const slot = yield* pinBlock(refcounts, (first + done) / refcountsPerBlock);
    if (slot < 0) {
      into.fill(0, done, done + refcountsPerBlock);
      continue;
    }
    const block = refcounts.cache.bytes(slot);
    if (refcountOrder === 4) onesOf16(block, into, done);
    else {
      for (let i = 0; i < refcountsPerBlock; i++) {
        into[done + i] = getRefcount(block, refcountOrder, i) === 1 ? 1 : 0;
      }
    }
    refcounts.cache.unpin(slot);
  }
}

function onesOf16(block: Uint8Array, into: Uint8Array, at: number): void {
  const counts = new Uint16Array(block.buffer, block.byteOffset, block.length / 2);
  for (let i = 0; i < counts.length; i++) into[at + i] = counts[i] === ONE ? 1 : 0;
}
