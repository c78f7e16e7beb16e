import { expect, it } from 'vitest';
import { referenceKeys, referenceRows, withTraces } from '../src/index.ts';

withTraces('reader of the reference traces', () => {
  it('yields as many keys as the reference files count accesses, for every trace and mapping', () => {
    for (const row of referenceRows('reference.csv', 'LRU')) {
      expect(referenceKeys(row.trace, row.mapping)).toHaveLength(row.requests);
    }
  });

  it('adds device x 2^32 to keys of a trace with several devices', () => {
    const keys = referenceKeys('tpcc_small', 'qed2g');
    expect(keys[0]).toBe(4 * 2 ** 32 + Math.floor(135536145408 / 2 ** 31));
  });

  it('refuses a policy or mapping that does not exist', () => {
    expect(() => referenceRows('reference.csv', 'MRU')).toThrow(RangeError);
    expect(() => referenceKeys('tpcc_small', 'l2')).toThrow(RangeError);
  });
});
