import { readFileSync } from 'node:fs';
import path from 'node:path';
import { scratch } from '@q/judge';
import { expect, it } from 'vitest';
import type { ReplaySpeed } from '../../src/speed/replay-speed.ts';
import { builtCommand } from '../built-command.ts';
import { smallTrace } from '../small-trace.ts';

const run = await builtCommand();
const folder = scratch();

it('measures each strategy at each size in its own process, and writes the figures it prints', () => {
  const trace = smallTrace(folder);
  const args = ['speed', '--trace', trace, '--strategy', 'sieve,belady', '--tables', '4,64'];
  const done = run([...args, '--rounds', '3', '--round-ms', '2'], folder);
  expect(done.status).toBe(0);
  expect(done.stdout).toMatch(/M accesses\/s +4 tables +64 tables\nsieve .*\nbelady .*\n/);
  const text = readFileSync(path.join(folder, 'out', 'speed.json'), 'utf8');
  const { replay } = JSON.parse(text) as {
    replay: { map: string; accesses: number; runs: ReplaySpeed[] };
  };
  expect(replay).toMatchObject({ map: 'l2slice4k', accesses: 600, rounds: 3 });
  expect(replay.runs.map(({ strategy, tables }) => `${strategy} ${tables}`)).toEqual([
    'sieve 4',
    'sieve 64',
    'belady 4',
    'belady 64',
  ]);
  for (const { range, accessesPerSecond, misses, tables } of replay.runs) {
    expect(range[0]).toBeGreaterThan(0);
    expect(range[0]).toBeLessThanOrEqual(accessesPerSecond);
    expect(range[1]).toBeGreaterThanOrEqual(accessesPerSecond);
    if (tables === 64) expect(misses).toBe(16);
  }
});
