import { expect, it } from 'vitest';
import { differenceOf } from '../../src/drive/differences.ts';
import { requireAgreement } from '../../src/drive/require-agreement.ts';
import type { Comparison } from '../../src/experiment/result.ts';
import { emptyStats } from '@q/cache';

const run = { strategy: 'sieve', tables: 4, map: 'l2slice4k' };
const counts = { hits: 5, misses: 3, evictions: 1 };
const live = {
  ...counts,
  bytesLoaded: 0,
  writeBacks: 0,
  bytesWritten: 0,
  forcedFlushes: 0,
  peakPinned: 1,
};
const simulated = { ...emptyStats(), ...counts };

it('finds no difference between equal counts', () => {
  expect(differenceOf(run, { live, simulated, strayed: null })).toBeUndefined();
});

it.each(['hits', 'misses', 'evictions'] as const)('finds one %s too many', (what) => {
  const other = { ...live, [what]: live[what] + 1 };
  const difference = differenceOf(run, { live: other, simulated, strayed: null });
  expect(difference).toMatch(/^sieve with 4 tables \(l2slice4k\): the driver counted /);
  expect(difference).toContain(`${other[what]} ${what}`);
});

it('finds a look-up of another table, whatever the counts', () => {
  expect(differenceOf(run, { live, simulated, strayed: 9 })).toContain('look-up 9');
});

it('fails with the first difference', () => {
  const comparison = {
    runs: [{ ...run, live }],
    drive: { ops: 'rw', image: 'memory', differences: ['here', 'there'] },
  } as unknown as Comparison;
  expect(() => requireAgreement(comparison)).toThrow('differ in 2 of 1 runs: here');
  requireAgreement({ ...comparison, drive: { ops: 'rw', image: 'memory', differences: [] } });
});
