import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { scratch } from '@q/judge';
import { expect, it } from 'vitest';
import { diskRequestsOf, touchedTables } from '../../src/drive/disk-requests.ts';
import { readTrace } from '../../src/traces/index.ts';
import type { Trace } from '../../src/traces/index.ts';

const folder = scratch();
const GIB = 2 ** 30;

function traceOf(...lines: string[]): Promise<Trace> {
  const file = path.join(folder, 'lines.csv');
  writeFileSync(file, `op,dev,offset,length\n${lines.join('\n')}\n`);
  return readTrace(file);
}

it('puts devices behind each other, each at a power of two that holds the largest', async () => {
  const trace = await traceOf('R,7,0,512', `W,2,${3 * GIB},4096`, 'D,7,65536,65536', 'Z,2,0,512');
  const { starts, ops, diskSize } = diskRequestsOf(trace, 'rw');
  expect([...starts]).toEqual([4 * GIB, 3 * GIB, 4 * GIB + 65536, 0]);
  expect([...ops]).toEqual([0, 1, 2, 3]);
  expect(diskSize).toBe(7 * GIB + 4096);
});

it('never lets two devices share an L2 table', async () => {
  const { starts } = diskRequestsOf(await traceOf('R,0,0,512', 'R,1,0,512'), 'rw');
  expect([...starts]).toEqual([0, 512 * 2 ** 20]);
});

it('makes reads of all requests where told', async () => {
  const { ops } = diskRequestsOf(await traceOf('W,0,0,512', 'D,0,0,512', 'Z,0,0,512'), 'read');
  expect([...ops]).toEqual([0, 0, 0]);
});

it('names the tables that a request touches, also those in the middle of a long one', async () => {
  const trace = await traceOf(`R,0,${9 * GIB},512`, `D,0,${GIB - 512},${GIB}`, `R,0,${9 * GIB},1`);
  expect(touchedTables(diskRequestsOf(trace, 'rw'))).toEqual([1, 2, 3, 18]);
});

it('refuses a trace that needs a larger disk than QCOW2 has, and one without addresses', async () => {
  const far = await traceOf(`R,0,${2 ** 51},512`);
  expect(() => diskRequestsOf(far, 'rw')).toThrow(/QCOW2 image .* ends at 2251799813685248/);
  const objects: Trace = { ...far, kind: 'objects' };
  expect(() => diskRequestsOf(objects, 'rw')).toThrow(/objects, not addresses/);
});
