import { scratch } from '@q/judge';
import { expect, it } from 'vitest';
import { diskRequestsOf, touchedTables } from '../../src/drive/disk-requests.ts';
import type { DriveOps } from '../../src/drive/disk-requests.ts';
import { driveJob } from '../../src/drive/drive-job.ts';
import type { DriveSource } from '../../src/drive/drive-once.ts';
import { drivenMappingOf } from '../../src/drive/driven-mapping.ts';
import { recordSequence } from '../../src/drive/record-sequence.ts';
import { strategyNames } from '../../src/strategies/registry.ts';
import { keysOf, readTrace } from '../../src/traces/index.ts';
import { crowdedTrace } from './crowded-trace.ts';

const trace = await readTrace(crowdedTrace(scratch()));
const sourceOf = (map: string, ops: DriveOps): DriveSource => ({
  requests: diskRequestsOf(trace, ops),
  map: drivenMappingOf(map),
});

for (const map of ['l2slice4k', 'l2full64k', '4194304']) {
  for (const ops of ['rw', 'read'] as const) {
    const source = sourceOf(map, ops);
    const sequence = await recordSequence(source);

    it.each(strategyNames)(
      `counts the same as the simulator: ${map}, ${ops}, %s`,
      async (strategy) => {
        for (const tables of [1, 3, 8, 64]) {
          const { live, simulated, strayed } = await driveJob(
            { strategy, tables },
            source,
            sequence,
          );
          const { hits, misses, evictions } = simulated;
          expect({ tables, strayed, live }).toMatchObject({
            tables,
            strayed: null,
            live: { hits, misses, evictions, bytesLoaded: misses * source.map.tableBytes },
          });
          expect(hits + misses).toBe(sequence.length);
          if (ops === 'read') expect(live).toMatchObject({ writeBacks: 0, forcedFlushes: 0 });
          else expect(live.writeBacks).toBeGreaterThan(0);
        }
      },
    );
  }
}

it('looks up the very tables that the mapping rule names, when all requests are reads', async () => {
  const source = sourceOf('l2slice4k', 'read');
  const sequence = await recordSequence(source);
  const keys = keysOf(trace, source.map.span);
  const tables = touchedTables(source.requests);
  // The tables lie behind each other in the file, in the order of the disk; 16 slices of 32 MiB each.
  const first = sequence[0]! - (keys[0]! % 16) - tables.indexOf(Math.floor(keys[0]! / 16)) * 16;
  const expected = keys.map(
    (key) => first + tables.indexOf(Math.floor(key / 16)) * 16 + (key % 16),
  );
  expect(sequence).toEqual(Float64Array.from(expected));
});

it('notices a driver that asks for something else than was recorded', async () => {
  const source = sourceOf('l2slice4k', 'rw');
  const sequence = await recordSequence(source);
  const other = sequence.slice();
  other[100] = other[100]! + 1;
  const job = { strategy: 'fifo', tables: 8 };
  expect((await driveJob(job, source, other)).strayed).toBe(100);
  const shorter = sequence.slice(0, -1);
  expect((await driveJob(job, source, shorter)).strayed).toBe(shorter.length);
});
