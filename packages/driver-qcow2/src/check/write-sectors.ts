import { wait, type BlockDevice, type Steps } from '@q/block';

/** What a disk writes whole or not at all, bytes. */
const SECTOR = 512;

/** Writes the sectors of a table (at host offset `offset`) that differ from what it was. @returns whether there were any */
export function* writeSectors(
  file: BlockDevice,
  before: Uint8Array,
  after: Uint8Array,
  offset: number,
): Steps<boolean> {
  let wrote = false;
  for (let from = 0; from < after.length;) {
    if (same(before, after, from, Math.min(from + SECTOR, after.length))) {
      from += SECTOR;
      continue;
    }
    let to = from + SECTOR;
    while (to < after.length && !same(before, after, to, Math.min(to + SECTOR, after.length))) {
      to += SECTOR;
    }
    yield* wait(file.write(after.subarray(from, to), offset + from));
    wrote = true;
    from = to;
  }
  return wrote;
}

function same(a: Uint8Array, b: Uint8Array, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (a[i] !== b[i]) return false;
  return true;
}
