import type { Comparison } from '../experiment/result.ts';
import { liveRuns } from '../report/live-runs.ts';

/** Throws an Error that says what differs, when driver and simulator do not count the same. */
export function requireAgreement(comparison: Comparison): void {
  const differences = comparison.drive?.differences ?? [];
  if (differences.length === 0) return;
  throw new Error(
    `driver and simulator differ in ${differences.length} of ${liveRuns(comparison).length} runs: ${differences[0]}`,
  );
}
