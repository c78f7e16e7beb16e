import { referenceKeys, referenceRows, withTraces } from '@q/judge';
import { qedFifo } from '@q/qed';
import { expect, it } from 'vitest';

withTraces('qedFifo on real traces', () => {
  it('misses as often as QEMU counted in its QED cache', () => {
    const rows = referenceRows('qemu_reference.csv', 'QEMU_7.2_QED_L2');
    const counted = rows.map((row) => {
      const strategy = qedFifo({ tables: row.entries });
      const keys = referenceKeys(row.trace, row.mapping);
      for (const key of keys) if (strategy.find(key) < 0) strategy.place(key);
      return { ...row, misses: strategy.stats.misses };
    });
    expect(counted).toEqual(rows);
  });
});
