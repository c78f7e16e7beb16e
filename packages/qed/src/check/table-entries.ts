import { isPromise, readPadded, type BlockDevice, type MaybePromise } from '@q/block';
import type { QedGeometry } from '../geometry.ts';

/** Bytes of a table that are in memory at once: tables may have 1 GiB. */
const PIECE_BYTES = 2 ** 18;

/** Reads the table at `offset` piece by piece and visits its entries that are not 0, in order. */
export async function eachEntry(
  file: BlockDevice,
  offset: number,
  geometry: QedGeometry,
  visit: (lo: number, hi: number, index: number) => MaybePromise<void>,
): Promise<void> {
  const { tableBytes } = geometry;
  const bytes = new Uint8Array(Math.min(PIECE_BYTES, tableBytes));
  const view = new DataView(bytes.buffer);
  for (let done = 0; done < tableBytes; done += bytes.length) {
    const read = readPadded(file, bytes, offset + done);
    if (isPromise(read)) await read;
    for (let at = 0; at < bytes.length; at += 8) {
      const lo = view.getUint32(at, true);
      const hi = view.getUint32(at + 4, true);
      if (lo === 0 && hi === 0) continue;
      const visited = visit(lo, hi, (done + at) / 8);
      if (isPromise(visited)) await visited;
    }
  }
}
