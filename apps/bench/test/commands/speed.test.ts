import { readFileSync } from 'node:fs';
import path from 'node:path';
import { scratch } from '@q/judge';
import { expect, it } from 'vitest';
import type { ReadSpeed } from '../../src/speed/read-speed.ts';
import type { ReplaySpeed } from '../../src/speed/replay-speed.ts';
import { builtCommand } from '../built-command.ts';
import { smallTrace } from '../small-trace.ts';

const run = await builtCommand();
const folder = scratch();

it('measures each strategy at each size in its own process, and writes the figures it prints', () => {
  const trace = smallTrace(folder);
  const args = ['speed', '--trace', trace, '--strategy', 'sieve,belady', '--tables', '4,64'];
  const done = run([...args, '--only', 'replay', '--rounds', '3', '--round-ms', '2'], folder);
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

it('reads through the live driver without a promise and without leaving anything on the heap', () => {
  const done = run(['speed', '--only', 'reads', '--rounds', '2', '--round-ms', '5'], folder);
  expect(done.status).toBe(0);
  expect(done.stdout).toMatch(/live driver, at 1 GiB of 8 TiB +\d+ \(\d+-\d+\) +0 +0\n/);
  const text = readFileSync(path.join(folder, 'out', 'speed.json'), 'utf8');
  const { read } = JSON.parse(text) as { read: { bytes: number; runs: ReadSpeed[] } };
  expect(read.bytes).toBe(4096);
  const [near, far, bare] = read.runs as [ReadSpeed, ReadSpeed, ReadSpeed];
  for (const { promisesPerRead, nsPerRead, range } of read.runs) {
    expect(promisesPerRead).toBe(0);
    expect(nsPerRead).toBeGreaterThanOrEqual(range[0]);
    expect(nsPerRead).toBeLessThanOrEqual(range[1]);
  }
  expect(near.heapBytesPerRead).toBeLessThan(0.5);
  expect(bare.heapBytesPerRead).toBeLessThan(0.5);
  // The caller's offset, a number of more than 31 bits.
  expect(far.heapBytesPerRead).toBeLessThan(16.5);
});
