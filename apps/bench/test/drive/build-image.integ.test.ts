import { statSync } from 'node:fs';
import path from 'node:path';
import { MemoryDevice } from '@q/block';
import { openFile } from '@q/block/node';
import { open } from '@q/driver-qcow2';
import { qemuImg, scratch, withQemu } from '@q/judge';
import { expect, it } from 'vitest';
import { buildImage } from '../../src/drive/build-image.ts';
import { diskRequestsOf } from '../../src/drive/disk-requests.ts';
import { driveOnce } from '../../src/drive/drive-once.ts';
import { drivenMappingOf } from '../../src/drive/driven-mapping.ts';
import { createStrategy } from '../../src/strategies/registry.ts';
import { readTrace } from '../../src/traces/index.ts';
import { crowdedTrace } from './crowded-trace.ts';

const folder = scratch();

async function held(device: MemoryDevice): Promise<number> {
  let bytes = 0;
  for await (const { kind, length } of device.extents(0, device.size)) {
    if (kind === 'data') bytes += length;
  }
  return bytes;
}

it('costs kilobytes for terabytes', async () => {
  const file = new MemoryDevice();
  await buildImage(file, 8 * 2 ** 40, [0, 5, 9000, 16383]);
  expect(await held(file)).toBeLessThan(2 ** 20);
});

withQemu('images that are driven', () => {
  it.each([
    ['a few tables', [0, 5, 2000, 2047]],
    // 40,000 tables and what is before them pass the 32,768 clusters of one refcount block.
    ['more tables than one refcount block counts', Array.from({ length: 40_000 }, (_, i) => i)],
  ])('are sound before anything is written: %s', async (name, tables) => {
    const image = path.join(folder, `${tables.length}.qcow2`);
    const file = openFile(image, { create: true });
    await buildImage(file, 20 * 2 ** 40, tables);
    const disk = await open(file);
    const into = new Uint8Array(512).fill(1);
    for (const table of tables.slice(0, 4)) await disk.read(into, table * 2 ** 29);
    expect(disk.l2Stats.loads, name).toBe(4);
    expect(into.every((byte) => byte === 0)).toBe(true);
    await disk.close();
    await file.close();
    expect(qemuImg(['check', image]).stdout).toContain('No errors');
    expect(statSync(image).blocks * 512).toBeLessThan(2 ** 20);
  });

  it('are sound after a replay with two tables of cache', async () => {
    const requests = diskRequestsOf(await readTrace(crowdedTrace(folder)), 'rw');
    const imageFile = path.join(folder, 'driven.qcow2');
    const source = { requests, map: drivenMappingOf('l2slice4k'), imageFile };
    const strategy = createStrategy('sieve', { tables: 2, future: new Float64Array(0) });
    const live = await driveOnce(source, strategy, () => {});
    expect(live.writeBacks).toBeGreaterThan(40);
    expect(qemuImg(['check', imageFile]).stdout).toContain('No errors');
  });
});
