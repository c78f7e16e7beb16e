import { referenceKeys, referenceRows, withTraces } from '@q/judge';
import type { CacheStrategy } from '@q/cache';
import { expect, it } from 'vitest';
import { arc } from '../src/arc.ts';
import { belady } from '../src/belady.ts';
import { clock } from '../src/clock.ts';
import { s3fifo } from '../src/s3fifo.ts';
import { sieve } from '../src/sieve.ts';
import { wtinylfu } from '../src/wtinylfu.ts';
import { replay } from './support/replay.ts';

type Make = (options: { tables: number; future: Float64Array }) => CacheStrategy;

const policies: readonly [string, Make][] = [
  ['CLOCK', clock],
  ['SIEVE', sieve],
  ['ARC', arc],
  ['S3FIFO', s3fifo],
  ['WTINYLFU_CAFFEINE_NOJITTER', wtinylfu],
  ['BELADY', belady],
];

withTraces('misses on real traces', () => {
  it.each(policies)('equal the reference counts of %s at every point', (policy, make) => {
    const counts = [];
    const expected = [];
    for (const row of referenceRows('reference.csv', policy)) {
      const { trace, mapping, entries, requests, misses } = row;
      const keys = referenceKeys(trace, mapping);
      const point = { trace, mapping, entries };
      expected.push({ ...point, requests, misses });
      const strategy = make({ tables: entries, future: keys });
      counts.push({ ...point, requests: keys.length, misses: replay(strategy, keys) });
    }
    expect(counts).toEqual(expected);
  });
});
