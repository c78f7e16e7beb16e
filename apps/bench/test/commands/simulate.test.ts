import { readFileSync } from 'node:fs';
import path from 'node:path';
import { scratch } from '@q/judge';
import { describe, expect, it } from 'vitest';
import type { Comparison } from '../../src/experiment/result.ts';
import { strategyNames } from '../../src/strategies/registry.ts';
import { builtCommand } from '../built-command.ts';
import { smallTrace } from '../small-trace.ts';

const run = await builtCommand();
const folder = scratch();
const trace = smallTrace(folder);
const simulate = (...args: string[]): ReturnType<typeof run> =>
  run(['simulate', '--trace', trace, '--no-timing', ...args], folder);

describe('q-bench simulate', () => {
  it('compares all strategies at powers of two up to one that holds the trace, when told only the trace', () => {
    const done = simulate('--json', '-');
    expect(done.stderr).toBe('');
    const { runs, unlimited } = JSON.parse(done.stdout) as Comparison;
    expect([...new Set(runs.map((each) => each.strategy))]).toEqual(strategyNames);
    expect([...new Set(runs.map((each) => each.tables))]).toEqual([2, 4, 8, 16]);
    expect(unlimited[0]!.misses).toBe(16);
    for (const each of runs.filter((one) => one.tables === 16 && one.strategy === 'lru-rbtree')) {
      expect(each.misses).toBe(16);
    }
  });

  it('writes the promised fields, and counts that agree with each other', () => {
    const done = simulate('--strategy', 'sieve,belady', '--tables', '4,7', '--json', '-');
    const comparison = JSON.parse(done.stdout) as Comparison;
    expect(comparison.trace).toMatchObject({
      name: 'small.csv',
      format: 'q-csv',
      requests: 600,
      reads: 400,
      writes: 200,
      discards: 0,
      devices: 1,
      bytes: 600 * 4096,
    });
    expect(comparison.runs).toHaveLength(4);
    for (const each of comparison.runs) {
      expect(Object.keys(each)).toEqual(
        expect.arrayContaining(
          'strategy tables span requests accesses hits misses evictions bytesLoaded probes nsPerAccess'.split(
            ' ',
          ),
        ),
      );
      expect(each).toMatchObject({
        span: 2 ** 25,
        requests: 600,
        accesses: 600,
        nsPerAccess: null,
      });
      expect(each.hits + each.misses).toBe(each.accesses);
      expect(each.evictions).toBe(each.misses - each.tables);
      expect(each.bytesLoaded).toBe(each.misses * 4096);
    }
  });

  it('prints the same bytes in every run without times', () => {
    const args = ['--map', 'l2slice4k,l2full64k', '--json', '-'];
    const [a, b] = [simulate(...args), simulate(...args)].map(({ stdout }) => {
      const { environment: _, ...rest } = JSON.parse(stdout) as Comparison;
      return JSON.stringify(rest);
    });
    expect(a).toBe(b);
  });

  it('prints tables that fit 100 columns, and nothing but tables in a pipe', () => {
    const done = simulate('--map', 'l2slice4k,l2full64k', '--tables', '2,4,8,16,32,64,128,65536');
    expect(done.status).toBe(0);
    expect(done.stderr).toBe('');
    expect(Math.max(...done.stdout.split('\n').map((line) => line.length))).toBeLessThan(101);
    expect(done.stdout).not.toContain('\u001b');
  });

  it('prints a table that reads like this', () => {
    const names = 'lru-rbtree,direct:mod,set-assoc-4:mod,fifo,sieve,belady';
    expect(simulate('--strategy', names, '--tables', '4,8').stdout).toMatchSnapshot();
  });

  it('times runs unless it is told not to', () => {
    const args = ['simulate', '--trace', trace, '--strategy', 'fifo', '--tables', '8'];
    const { runs } = JSON.parse(run([...args, '--json', '-'], folder).stdout) as Comparison;
    expect(runs[0]!.nsPerAccess).toBeGreaterThan(0);
    const [lower, upper] = runs[0]!.nsQuartiles!;
    expect(lower).toBeLessThanOrEqual(runs[0]!.nsPerAccess!);
    expect(upper).toBeGreaterThanOrEqual(runs[0]!.nsPerAccess!);
  });

  it('gives the command line that repeats it', () => {
    const args = ['--map', '1048576', '--strategy', 'arc,direct:hash', '--tables', '5'];
    const first = JSON.parse(simulate(...args, '--json', '-').stdout) as Comparison;
    expect(first.command).toBe(
      'q-bench simulate --trace small.csv --map 1048576 --strategy arc,direct:hash --tables 5 --no-timing',
    );
    const again = run([...first.command.split(' ').slice(1), '--json', '-'], folder);
    expect((JSON.parse(again.stdout) as Comparison).runs).toEqual(first.runs);
  });

  it('writes a page that loads nothing and names every strategy', () => {
    const html = path.join(folder, 'new', 'page.html');
    const json = path.join(folder, 'new', 'page.json');
    const done = simulate('--map', 'l2slice4k,l2full64k', '--html', html, '--json', json);
    expect(done).toMatchObject({ status: 0, stderr: '' });
    const page = readFileSync(html, 'utf8');
    for (const name of strategyNames) expect(page).toContain(`>${name}<`);
    expect(page).not.toMatch(/https?:\/\/|<script|<link|<img|@import|url\((?!#)/);
    expect(page).toContain('prefers-color-scheme: dark');
    expect((JSON.parse(readFileSync(json, 'utf8')) as Comparison).runs).toHaveLength(14 * 5);
  });

  it.each([
    ['clock', '4'],
    ['belady', '2,4'],
    ['lru-rbtree', '2,4'],
    ['direct:mod,belady', '16'],
  ])('draws a page for %s at %s', (names, tables) => {
    const html = path.join(folder, 'few.html');
    const done = simulate('--strategy', names, '--tables', tables, '--html', html);
    expect(done).toMatchObject({ status: 0, stderr: '' });
    const page = readFileSync(html, 'utf8');
    expect(page).not.toMatch(/NaN|undefined|Infinity/);
    expect(page.match(/<path [^>]*d="M[^"]*L/g) !== null).toBe(tables.includes(','));
  });
});
