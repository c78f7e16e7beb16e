import { Prng } from '@q/block';
import { openFile } from '@q/block/node';
import { qemuIo, scratch, withQemu } from '@q/judge';
import { QED_L2_CACHE_TABLES } from '@q/qed';
import path from 'node:path';
import { expect, it } from 'vitest';
import { create, open } from '../src/index.ts';

const CLUSTER = 4096;
/** Guest bytes of an L2 table of two clusters. */
const SPAN = 2 ** 22;
const TABLES = QED_L2_CACHE_TABLES + 20;

withQemu("the default cache counts what QEMU's counts", () => {
  const folder = scratch();

  it.each([1, 2, 3])('on reads of more tables than it holds, seed %d', async (seed) => {
    const image = path.join(folder, `image-${seed}.qed`);
    const file = openFile(image, { create: true });
    const options = { size: TABLES * SPAN, clusterSize: CLUSTER, tableSize: 2 };
    const filling = await create(file, options);
    for (let table = 0; table < TABLES; table++) {
      // Both ends of each table, so that requests over its end need two.
      await filling.write(new Uint8Array(CLUSTER).fill(table), table * SPAN);
      await filling.write(new Uint8Array(CLUSTER).fill(table), (table + 1) * SPAN - CLUSTER);
    }
    await filling.close();

    const random = new Prng(seed);
    const reads = Array.from({ length: 600 }, () => {
      const few = random.chance(0.6) ? 20 : TABLES;
      return { offset: (1 + random.below(few - 1)) * SPAN - 512 * random.below(2), length: 512 };
    }).map(({ offset, length }) => ({ offset, length: random.chance(0.1) ? length * 2 : length }));
    const { stdout, stderr } = qemuIo(
      image,
      reads.map(({ offset, length }) => `read -q ${offset} ${length}`),
      ['-f', 'qed', '-r', '--trace', 'qed_*_l2_cache_entry'],
    );
    const events = `${stdout}${stderr}`;
    const count = (event: string): number =>
      events.split(`qed_${event}_l2_cache_entry `).length - 1;
    // After a miss the committed entry is found.
    const misses = count('alloc');
    const hits = count('find') - misses;
    expect(misses).toBeGreaterThan(TABLES);

    const disk = await open(file, { readOnly: true });
    const bytes = new Uint8Array(1024);
    for (const { offset, length } of reads) await disk.read(bytes.subarray(0, length), offset);
    expect(disk.l2Stats.strategy).toMatchObject({ hits, misses });
    expect(disk.l2Stats.loads).toBe(misses);
    await disk.close();
    await file.close();
  });
});
