import { type ReferenceRow, referenceKeys, referenceRows, withTraces } from '@q/judge';
import type { CacheStrategy } from '@q/cache';
import { expect, it } from 'vitest';
import { fifo } from '../src/fifo.ts';
import { qemuLinear } from '../src/qemu-linear.ts';
import { replay } from './support/replay.ts';

type Make = (options: { tables: number }) => CacheStrategy;

/** Replays every point, and compares the misses of all at once. */
function agree(rows: readonly ReferenceRow[], make: Make): void {
  const counted = rows.map((row) => ({
    ...row,
    misses: replay(make({ tables: row.entries }), referenceKeys(row.trace, row.mapping)),
  }));
  expect(counted).toEqual(rows);
}

withTraces('misses on real traces', () => {
  it('equal the reference counts of FIFO at every point', () => {
    agree(referenceRows('reference.csv', 'FIFO'), fifo);
  });

  it('equal the loads that QEMU counted in its qcow2 cache', () => {
    agree(referenceRows('qemu_reference.csv', 'QEMU_7.2_QCOW2_L2'), qemuLinear);
  });

  it('equal the loads that QEMU counted in its QED cache, which is FIFO', () => {
    agree(referenceRows('qemu_reference.csv', 'QEMU_7.2_QED_L2'), fifo);
  });

  // A miss scans all slots. The larger points are left to the strategy with an index: lru-rbtree matches every one of them.
  it('of the linear scan equal the reference counts of LRU at every point of up to 600 tables', () => {
    const rows = referenceRows('reference.csv', 'LRU').filter((row) => row.entries <= 600);
    agree(rows, qemuLinear);
  });
});
