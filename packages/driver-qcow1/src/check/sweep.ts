import type { Findings } from './findings.ts';
import type { Uses } from './uses.ts';

/**
 * Goes over all ranges by where they begin: reports those that share bytes, and whole clusters between them, and behind the last up to the end of the file, that are in none.
 * @returns where the last one ends
 */
export function sweep(
  uses: Uses,
  findings: Findings,
  clusterSize: number,
  fileSize: number,
): number {
  let reach = 0;
  let furthest = -1;
  for (const index of uses.sorted()) {
    const start = uses.startOf(index);
    const end = uses.endOf(index);
    if (start < reach) {
      const other = furthest;
      const both = (): string => `${uses.describe(other)}; ${uses.describe(index)}`;
      findings.add('overlap', start, both);
    } else leak(findings, reach, start, clusterSize);
    if (end <= reach) continue;
    reach = end;
    furthest = index;
  }
  leak(findings, reach, fileSize, clusterSize);
  return reach;
}

/** Whole clusters in `[from, to)`: less is what alignment leaves. */
function leak(findings: Findings, from: number, to: number, clusterSize: number): void {
  const first = Math.ceil(from / clusterSize);
  const clusters = Math.floor(to / clusterSize) - first;
  if (clusters <= 0) return;
  const offset = first * clusterSize;
  findings.add('leak', offset, () => `${clusters} clusters at ${offset}`, clusters);
}
