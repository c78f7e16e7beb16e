import { expect, it } from 'vitest';
import { tracePath, withTraces } from '@q/judge';
import { readTrace, type Trace } from '../../src/traces/index.ts';

/** Both as columns, so that a failure shows the first request that differs and not two traces. */
function expectSameRequests(actual: Trace, wanted: Trace): void {
  expect(actual.requests).toBe(wanted.requests);
  for (let i = 0; i < wanted.requests; i++) {
    if (
      actual.ops[i] !== wanted.ops[i] ||
      actual.devices[i] !== wanted.devices[i] ||
      actual.offsets[i] !== wanted.offsets[i] ||
      actual.lengths[i] !== wanted.lengths[i]
    ) {
      const row = (t: Trace) => [i, t.ops[i], t.devices[i], t.offsets[i], t.lengths[i]];
      expect(row(actual)).toEqual(row(wanted));
    }
  }
}

const real: readonly [
  file: string,
  norm: string,
  format: string | undefined,
  ignored: Record<string, number>,
][] = [
  ['cloudPhysicsIO.vscsi.gz', 'cp_sample', undefined, {}],
  ['cloudPhysicsIO.csv.gz', 'cp_sample', undefined, { header: 1 }],
  ['tpcc-small.trace.gz', 'tpcc_small', 'ssdsim', {}],
  [
    'ycsb-ext4.blkparse.txt.gz',
    'ycsb_ext4',
    undefined,
    { 'event C': 9887, 'event I': 9888, 'summary line': 42, 'empty line': 2 },
  ],
  [
    'fiu-cheetah-10000lines.blkparse.gz',
    'fiu_cheetah',
    undefined,
    { 'tar header or padding': 3, 'pax record': 2 },
  ],
  ['P3.lis.zst', 'arc_p3', undefined, {}],
];

withTraces('real traces', () => {
  for (const [file, norm, format, ignored] of real) {
    it(`${file} parses to norm/${norm}`, async () => {
      const trace = await readTrace(tracePath(file), { format });
      expectSameRequests(trace, await readTrace(tracePath(`norm/${norm}.csv.gz`)));
      expect(trace.ignored).toEqual(ignored);
    });
  }
});
