import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { scratch } from '@q/judge';
import { expect, it } from 'vitest';
import type { Comparison } from '../../src/experiment/result.ts';
import { strategyNames } from '../../src/strategies/registry.ts';
import { builtCommand } from '../built-command.ts';
import { smallTrace } from '../small-trace.ts';

const run = await builtCommand();
const folder = scratch();

it('compares slices with whole tables, writes both files, and says where they are', () => {
  const done = run(['compare', '--trace', smallTrace(folder), '--out', 'here'], folder);
  expect(done).toMatchObject({ status: 0, stderr: '' });
  expect(done.stdout).toContain(path.join('here', 'compare.json'));
  expect(done.stdout).toContain(path.join('here', 'compare.html'));
  expect(existsSync(path.join(folder, 'here', 'compare.html'))).toBe(true);
  const text = readFileSync(path.join(folder, 'here', 'compare.json'), 'utf8');
  const { runs, unlimited } = JSON.parse(text) as Comparison;
  expect(unlimited.map(({ map }) => map)).toEqual(['l2slice4k', 'l2full64k']);
  expect(new Set(runs.map((each) => each.strategy))).toEqual(new Set(strategyNames));
  for (const each of runs) expect(each.nsPerAccess).toBeGreaterThan(0);
});
