/**
 * Where the run ends that an entry begins: entries behind it which are equal to it, but for host clusters that follow each other. Halves are signed here, as the arithmetic of
 * 32 bits has them: this is the loop that goes over every entry of an image.
 *
 * @param at where the entry behind it stands
 */
export function endOfRun(
  view: DataView,
  hi: number,
  lo: number,
  at: number,
  end: number,
  clusterSize: number,
  entrySize: number,
): number {
  let nextHi = hi;
  let nextLo = lo;
  for (; at < end; at += entrySize) {
    nextLo = (nextLo + clusterSize) | 0;
    // The low half has wrapped.
    if (nextLo >>> 0 < clusterSize) nextHi = (nextHi + 1) | 0;
    if (view.getInt32(at + 4) !== nextLo || view.getInt32(at) !== nextHi) break;
  }
  return at;
}
