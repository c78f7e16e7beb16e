import { scratch, tracePath, withTraces } from '@q/judge';
import { expect, it } from 'vitest';
import type { Comparison } from '../../src/experiment/result.ts';
import { shippedTrace } from '../../src/shipped-trace.ts';
import { strategyNames } from '../../src/strategies/registry.ts';
import { builtCommand } from '../built-command.ts';

const run = await builtCommand();
const folder = scratch();

function driven(file: string, ...args: string[]): Comparison {
  const done = run(['drive', '--trace', file, ...args, '--json', '-'], folder);
  expect(done).toMatchObject({ status: 0, stderr: '' });
  return JSON.parse(done.stdout) as Comparison;
}

function expectEqual({ runs, drive }: Comparison, strategies: readonly string[]): void {
  expect(drive!.differences).toEqual([]);
  expect([...new Set(runs.map((each) => each.strategy))]).toEqual(strategies);
  for (const { strategy, tables, live, hits, misses, evictions } of runs) {
    expect({ strategy, tables, ...live }).toMatchObject({ hits, misses, evictions });
  }
}

it('counts what the simulator counts, on the trace that is shipped', { timeout: 60_000 }, () => {
  const names = ['set-assoc-8', 'belady'];
  expectEqual(driven(shippedTrace(), '--strategy', names.join(','), '--tables', '64'), names);
});

withTraces('q-bench drive on real traces', () => {
  it.each([
    ['tpcc-small.trace.gz', 'ssdsim', 'l2full64k'],
    ['ycsb-ext4.blkparse.txt.gz', 'blkparse', 'l2slice4k'],
  ])(
    'counts what the simulator counts with every strategy: %s',
    { timeout: 60_000 },
    (file, format, map) => {
      const comparison = driven(
        tracePath(file),
        '--format',
        format,
        '--map',
        map,
        '--tables',
        '24',
      );
      expectEqual(comparison, strategyNames);
    },
  );

  it('misses as the references say, when the trace is read', { timeout: 60_000 }, () => {
    const args = [
      '--format',
      'vscsi',
      '--strategy',
      'lru-rbtree',
      '--tables',
      '64',
      '--ops',
      'read',
    ];
    const live = driven(tracePath('cloudPhysicsIO.vscsi.gz'), ...args);
    const simulate = [
      'simulate',
      '--trace',
      tracePath('cloudPhysicsIO.vscsi.gz'),
      ...args.slice(0, -2),
    ];
    const done = run([...simulate, '--no-timing', '--json', '-'], folder);
    const { runs } = JSON.parse(done.stdout) as Comparison;
    expect(live.runs[0]!.live!.misses).toBe(runs[0]!.misses);
  });
});
