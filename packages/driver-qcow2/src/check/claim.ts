import type { FindingCode } from './finding-codes.ts';
import type { Spans } from './spans.ts';
import type { Survey } from './survey.ts';

/**
 * `length` bytes at `offset` belong to a structure. `at` is where the image says so.
 * @returns whether they are in the file
 */
export function claim(
  survey: Survey,
  spans: Spans,
  offset: number,
  length: number,
  at: number,
  code: FindingCode,
): boolean {
  if (length === 0) return true;
  const { clusterSize } = survey.geometry;
  const end = offset + length;
  // What is in the file counts in any case: it must not be taken for free.
  spans.add(
    Math.floor(offset / clusterSize),
    Math.min(survey.clusters, Math.ceil(end / clusterSize)),
  );
  if (!survey.isOutside(end)) return true;
  survey.findings.add(code, at, end, `at most ${survey.clusters * clusterSize}`);
  return false;
}
