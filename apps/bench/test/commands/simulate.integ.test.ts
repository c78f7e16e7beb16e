import { referenceRows, scratch, tracePath, withTraces } from '@q/judge';
import { expect, it } from 'vitest';
import type { Comparison } from '../../src/experiment/result.ts';
import { builtCommand } from '../built-command.ts';

const run = await builtCommand();
const folder = scratch();

const judged: [file: Parameters<typeof referenceRows>[0], policy: string, strategy: string][] = [
  ['reference.csv', 'LRU', 'lru-rbtree'],
  ['reference.csv', 'FIFO', 'fifo'],
  ['reference.csv', 'CLOCK', 'clock'],
  ['reference.csv', 'SIEVE', 'sieve'],
  ['reference.csv', 'ARC', 'arc'],
  ['reference.csv', 'S3FIFO', 's3fifo'],
  ['reference.csv', 'BELADY', 'belady'],
  ['reference_extra.csv', 'DM_MOD', 'direct:mod'],
  ['reference_extra.csv', 'SA4_MOD', 'set-assoc-4:mod'],
  ['reference_extra.csv', 'SA8_MOD', 'set-assoc-8:mod'],
  ['qemu_reference.csv', 'QEMU_7.2_QCOW2_L2', 'qemu-linear'],
];

withTraces('q-bench simulate on real traces', () => {
  it.each([
    ['cp_sample', 'cloudPhysicsIO.vscsi.gz', 'l2slice4k'],
    ['cp_sample', 'cloudPhysicsIO.vscsi.gz', 'l2full64k'],
    ['tpcc_small', 'tpcc-small.trace.gz', 'l2slice4k'],
    ['ycsb_ext4', 'ycsb-ext4.blkparse.txt.gz', 'l2slice4k'],
  ])('misses exactly as often as the references: %s, %s, %s', (id, file, map) => {
    const rows = judged.flatMap(([reference, policy, strategy]) =>
      referenceRows(reference, policy)
        .filter((row) => row.trace === id && row.mapping === map)
        .map(({ entries, misses }) => ({ strategy, entries, misses })),
    );
    expect(rows.length).toBeGreaterThan(20);
    const sizes = [...new Set(rows.map((row) => row.entries))].join(',');
    const strategies = [...new Set(rows.map((row) => row.strategy))].join(',');
    const args = ['--map', map, '--tables', sizes, '--strategy', strategies, '--no-timing'];
    const done = run(
      ['simulate', '--trace', tracePath(file), ...args, '--format', formatOf(id), '--json', '-'],
      folder,
    );
    expect(done.stderr).toBe('');
    const { runs } = JSON.parse(done.stdout) as Comparison;
    for (const { strategy, entries, misses } of rows) {
      const found = runs.find((each) => each.strategy === strategy && each.tables === entries);
      expect({ strategy, entries, misses: found?.misses }).toEqual({ strategy, entries, misses });
    }
  });
});

function formatOf(id: string): string {
  return { cp_sample: 'vscsi', tpcc_small: 'ssdsim', ycsb_ext4: 'blkparse' }[id]!;
}
