import { existsSync, readFileSync, writeFileSync } from 'node:fs';
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
  const { runs, unlimited, drive } = JSON.parse(text) as Comparison;
  expect(unlimited.map(({ map }) => map)).toEqual(['l2slice4k', 'l2full64k']);
  expect(new Set(runs.map((each) => each.strategy))).toEqual(new Set(strategyNames));
  for (const each of runs) expect(each.nsPerAccess).toBeGreaterThan(0);
  expect(drive).toMatchObject({ ops: 'rw', image: 'memory', differences: [] });
  expect(drive!.runs!.map(({ strategy, tables }) => `${strategy} ${tables}`)).toEqual(
    ['lru-rbtree', 'set-assoc-8', 'sieve', 'belady'].flatMap((name) => [`${name} 2`, `${name} 8`]),
  );
  for (const { live, hits, misses, evictions } of drive!.runs!) {
    expect(live).toMatchObject({ hits, misses, evictions });
    expect(live!.writeBacks).toBeGreaterThan(0);
  }
  expect(done.stdout.replaceAll(/\s+/g, ' ')).toContain(
    "counted the simulator's hits, misses and evictions exactly, in all 8 runs",
  );
  const page = readFileSync(path.join(folder, 'here', 'compare.html'), 'utf8');
  expect(page).toContain('In the live driver');
});

it('compares a trace that cannot be driven, and says why it was not', () => {
  const far = path.join(folder, 'far.csv');
  writeFileSync(far, `op,dev,offset,length\nR,0,${2 ** 52},512\nR,0,0,512\n`);
  const done = run(['compare', '--trace', far, '--out', 'far'], folder);
  expect(done.status).toBe(0);
  expect(done.stderr).toMatch(
    /^q-bench: not replayed through the live driver: far\.csv needs .*\n$/,
  );
  const text = readFileSync(path.join(folder, 'far', 'compare.json'), 'utf8');
  expect((JSON.parse(text) as Comparison).drive).toBeUndefined();
});
