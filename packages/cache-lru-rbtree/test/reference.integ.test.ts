import { referenceKeys, referenceRows, withTraces } from '@q/judge';
import { expect, it } from 'vitest';
import { lruRbtree } from '../src/index.ts';
import { replay } from './support/replay.ts';

withTraces('misses on real traces', () => {
  it('equal the reference counts of LRU at every point', () => {
    const rows = referenceRows('reference.csv', 'LRU');
    const counted = rows.map((row) => ({
      ...row,
      misses: replay(lruRbtree({ tables: row.entries }), referenceKeys(row.trace, row.mapping)),
    }));
    expect(counted).toEqual(rows);
  });
});
