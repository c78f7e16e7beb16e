import { type ReferenceRow, referenceKeys, referenceRows, withTraces } from '@q/judge';
import type { CacheStrategy } from '@q/cache';
import { expect, it } from 'vitest';
import { directMapped, setAssoc } from '../src/index.ts';
import { replay } from './support/replay.ts';

/** Replays every point, and compares the misses of all at once. */
function agree(rows: readonly ReferenceRow[], make: (tables: number) => CacheStrategy): void {
  const counted = rows.map((row) => ({
    ...row,
    misses: replay(make(row.entries), referenceKeys(row.trace, row.mapping)),
  }));
  expect(counted).toEqual(rows);
}

withTraces('misses on real traces', () => {
  it('equal the reference counts of direct mapping by remainder at every point', () => {
    agree(referenceRows('reference_extra.csv', 'DM_MOD'), (tables) =>
      directMapped({ tables, index: 'mod' }),
    );
  });

  it.each([4, 8])('equal the reference counts of %i ways by remainder at every point', (ways) => {
    agree(referenceRows('reference_extra.csv', `SA${ways}_MOD`), (tables) =>
      setAssoc({ tables, ways, index: 'mod', recent: true }),
    );
  });

  // A set of all tables is searched table by table. The larger points are left to the strategy with an index: lru-rbtree matches all.
  it('of a single set equal the reference counts of LRU at every point of up to 600 tables', () => {
    const rows = referenceRows('reference.csv', 'LRU').filter((row) => row.entries <= 600);
    agree(rows, (tables) => setAssoc({ tables, ways: tables }));
  });
});
