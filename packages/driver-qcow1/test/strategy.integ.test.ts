import { MemoryDevice, Prng } from '@q/block';
import { lfu } from '@q/cache-policies/lfu';
import { qemuImg, qemuIo, scratch, withQemu } from '@q/judge';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { open } from '../src/index.ts';

const TABLES = 60;
const SPAN = 2 ** 21;
const CLUSTER = 4096;

/** Reads that prefer low tables, of one to three clusters each. */
function* reads(random: Prng): Generator<{ offset: number; length: number }> {
  for (let i = 0; i < 3000; i++) {
    const table = Math.floor(TABLES * random.unit() ** 2);
    const offset = table * SPAN + random.below(SPAN - 3 * CLUSTER);
    yield { offset, length: 1 + random.below(2 * CLUSTER) };
  }
}

withQemu('with the 16 least frequently used tables cached', () => {
  const folder = scratch();

  it('the same tables are loaded as in QEMU, in the same order, when requests are cut at clusters', async () => {
    const file = path.join(folder, 'image.qcow');
    qemuImg(['create', '-q', '-f', 'qcow', file, String(TABLES * SPAN)]);
    const fill = Array.from({ length: TABLES }, (_, i) => `write -q ${i * SPAN} ${CLUSTER}`);
    qemuIo(file, fill, ['-f', 'qcow', '-t', 'unsafe']);
    const image = readFileSync(file);
    // The L1 table is at 48.
    const places = Array.from({ length: TABLES }, (_, i) =>
      Number(image.readBigUInt64BE(48 + i * 8)),
    );

    const requests = [...reads(new Prng(5))];
    const commands = requests.map(({ offset, length }) => `read -q ${offset} ${length}`);
    const options = ['-r', '-f', 'qcow', '--trace', 'bdrv_co_preadv_part'];
    const { stdout, stderr } = qemuIo(file, commands, options);
    const theirs: number[] = [];
    let host: string | undefined;
    for (const [, node, offset] of (stdout + stderr).matchAll(
      /bdrv_co_preadv_part bs (\w+) offset (\d+)/g,
    )) {
      // The first read is that of the header.
      host ??= node;
      const table = places.indexOf(Number(offset));
      if (node === host && table >= 0) theirs.push(table);
    }

    const ours: number[] = [];
    const device = new MemoryDevice(image);
    const read = device.read.bind(device);
    device.read = (into, offset) => {
      const table = places.indexOf(offset);
      if (table >= 0) ours.push(table);
      read(into, offset);
    };
    const strategy = lfu({ tables: 16 });
    const disk = await open(device, { readOnly: true, l2Cache: strategy });
    for (const { offset, length } of requests) {
      // QEMU looks its table up for each cluster.
      for (let at = offset; at < offset + length;) {
        const end = Math.min(offset + length, (Math.floor(at / CLUSTER) + 1) * CLUSTER);
        await disk.read(new Uint8Array(end - at), at);
        at = end;
      }
    }
    expect(ours).toEqual(theirs);
    expect(ours.length).toBeGreaterThan(500);
    expect(strategy.stats.misses).toBe(theirs.length);
    expect(disk.l2Stats.loads).toBe(theirs.length);
    await disk.close();
  });
});
