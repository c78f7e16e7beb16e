import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, it } from 'vitest';

// Real traces whose licenses do not let them be shipped. Q_TRACES names their folder; beside the checkout by default.
const folder =
  process.env['Q_TRACES'] ?? fileURLToPath(new URL('../../../../shared/traces', import.meta.url));
const present = existsSync(path.join(folder, 'reference.csv'));

/** The path of a file of the reference traces. */
export function tracePath(file: string): string {
  return path.join(folder, file);
}

/** A `describe` that needs the reference traces. */
export function withTraces(name: string, tests: () => void): void {
  if (present) describe(name, tests);
  else if (process.env['Q_REQUIRE_TRACES'] === '1') {
    it(name, () => {
      throw new Error(`the reference traces are required (Q_REQUIRE_TRACES=1); not in ${folder}`);
    });
  } else {
    console.warn(`skipped, for want of the reference traces (Q_TRACES=folder): ${name}`);
    describe.skip(name, tests);
  }
}
