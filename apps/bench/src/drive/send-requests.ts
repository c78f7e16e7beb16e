import { isPromise } from '@q/block';
import type { BlockDevice } from '@q/block';
import { OP_DISCARD, OP_READ, OP_WRITE } from '../traces/index.ts';
import type { DiskRequests } from './disk-requests.ts';

/**
 * Sends the requests to `disk` one after the other, each as what it is. Written bytes are zeroes. A read or write longer than `pieceBytes` goes in pieces
 * that end at multiples of it: where that is the span of a table, each table is still looked up once.
 */
export async function sendRequests(
  disk: BlockDevice,
  { ops, starts, lengths }: DiskRequests,
  pieceBytes: number,
): Promise<void> {
  let longest = 0;
  for (let i = 0; i < ops.length; i++) {
    if (ops[i]! <= OP_WRITE) longest = Math.max(longest, lengths[i]!);
  }
  const into = new Uint8Array(Math.min(longest, pieceBytes));
  const zeroes = new Uint8Array(into.length);
  for (let i = 0; i < ops.length; i++) {
    const op = ops[i]!;
    const start = starts[i]!;
    const length = lengths[i]!;
    if (op === OP_READ || op === OP_WRITE) {
      for (let at = start; at < start + length;) {
        const end = Math.min(start + length, (Math.floor(at / pieceBytes) + 1) * pieceBytes);
        const done =
          op === OP_READ
            ? disk.read(into.subarray(0, end - at), at)
            : disk.write(zeroes.subarray(0, end - at), at);
        if (isPromise(done)) await done;
        at = end;
      }
    } else {
      const done =
        op === OP_DISCARD ? disk.discard(start, length) : disk.writeZeroes(start, length);
      if (isPromise(done)) await done;
    }
  }
}
