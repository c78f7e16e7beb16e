import type { CacheStrategy } from '@q/cache';
import { strategyConformance, type ConformanceOptions } from '@q/cache/conformance';

/** Runs the conformance suite without a test runner; answers the messages of its failures, by test name. */
export function verdict(
  make: (capacity: number) => CacheStrategy,
  options?: ConformanceOptions,
): Map<string, string> {
  const failures = new Map<string, string>();
  strategyConformance(
    make,
    {
      describe: (_name, body) => body(),
      it: (name, body) => {
        try {
          body();
        } catch (error) {
          failures.set(name, error instanceof Error ? error.message : String(error));
        }
      },
    },
    options,
  );
  return failures;
}
