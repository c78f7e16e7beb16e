import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  keysOf,
  OP_READ,
  OP_WRITE,
  readTrace,
  spanOf,
  type Trace,
} from '../../../apps/bench/src/traces/index.ts';

const folder = fileURLToPath(new URL('../../../apps/bench/traces/', import.meta.url));
const page = readFileSync(`${folder}README.md`, 'utf8');
const files = readdirSync(folder).filter((name) => name !== 'README.md');

describe.each(files)('the shipped trace %s', (name) => {
  let trace: Trace;
  beforeAll(async () => {
    trace = await readTrace(folder + name);
  });

  const commas = (n: number): string => n.toLocaleString('en-US');
  const count = (op: number): number => trace.ops.reduce((n, one) => n + (one === op ? 1 : 0), 0);

  test('is the one the page describes, small enough to ship', () => {
    const bytes = readFileSync(folder + name);
    expect(bytes.length).toBeLessThanOrEqual(2_000_000);
    expect(page).toContain(`\`${name}\``);
    expect(page).toContain(`${commas(bytes.length)} bytes`);
    expect(page).toContain(createHash('sha256').update(bytes).digest('hex'));
    expect(page).toContain(trace.sha256);
  });

  test('has the requests the page counts', () => {
    const bytes = trace.lengths.reduce((sum, one) => sum + one, 0);
    expect(page).toContain(
      `${commas(trace.requests)}: ${commas(count(OP_READ))} reads, ${commas(count(OP_WRITE))} writes`,
    );
    expect(page).toContain(`${commas(trace.ignored['Flush']!)} flushes`);
    expect(page).toContain(`${commas(bytes)} moved`);
  });

  test('touches more slices of L2 tables than caches hold, and comes back to them', () => {
    const keys = keysOf(trace, spanOf('l2slice4k'));
    const distinct = new Set(keys).size;
    expect(page).toContain(`${distinct} of 262,144 slices`);
    expect(distinct).toBeGreaterThan(4096);
    expect(keys.length / distinct).toBeGreaterThan(20);
  });
});
