import type { MemoryDevice } from '@q/block';
import { expect } from 'vitest';
import { check, type CheckReport } from '../../src/check/check.ts';
import type { Finding } from '../../src/check/findings.ts';

/** Neither corruption nor leaks. */
export async function expectSound({ file }: { readonly file: MemoryDevice }): Promise<void> {
  const { findings, corruptions, leaks } = await check(file);
  expect(findings.filter(({ severity }) => severity !== 'notice')).toEqual([]);
  expect({ corruptions, leaks }).toEqual({ corruptions: 0, leaks: 0 });
}

/**
 * Leaks, and flags that say less than they could or follow from a leak: no COPIED where there is one user, COPIED where the count is too high and there is one user in
 * truth. Neither can lose a byte. Giving back the leaks leaves flags of the first kind at most, and a repair sets those.
 */
export async function expectOnlyLeaks({ file }: { readonly file: MemoryDevice }): Promise<void> {
  const findings = 1_000_000;
  const report = await check(file, { findings });
  expect(unexplained(report)).toEqual([]);
  if (report.corruptions + report.leaks === 0) return;
  const mended = file.clone();
  await check(mended, { findings, repair: 'leaks' });
  const left = await check(mended, { findings });
  expect(left.leaks).toBe(0);
  expect(left.findings.filter((finding) => !isMissing(finding))).toEqual([]);
  await check(mended, { findings, repair: 'all' });
  await expectSound({ file: mended });
}

function isMissing({ code }: Finding): boolean {
  return code === 'l1-copied-missing' || code === 'l2-copied-missing';
}

function unexplained({ findings }: CheckReport): Finding[] {
  const once = new Set<number | undefined>();
  for (const { code, expected, cluster } of findings) {
    if (code === 'refcount-too-high' && expected === 1) once.add(cluster);
  }
  return findings.filter((finding) => {
    const { code, severity, cluster } = finding;
    if (severity !== 'corruption' || isMissing(finding)) return false;
    const isFlag = code === 'l1-copied-set' || code === 'l2-copied-set';
    return !(isFlag && once.has(cluster));
  });
}
