// Snapshot operations that meet requests: what was issued before may or may not be in the snapshot, byte by byte; what is issued after is not.
import { Prng, withScheduler } from '@q/block';
import { describe, expect, it } from 'vitest';
import { open } from '../../src/index.ts';
import { readAll } from '../support/chain.ts';
import { effort } from '../support/effort.ts';
import { apply, batches, issue } from '../support/sequence.ts';
import { gates, make, STRATEGIES, terrainOf } from '../support/shapes.ts';
import { expectSound } from './sound.ts';
import { COUNTED } from './world.ts';

const SEQUENCES = effort(1, 60);
const WIDE = COUNTED.filter(({ create }) => (create.refcountBits ?? 16) > 2);

describe.each(WIDE)('snapshot operations among requests: $name', (shape) => {
  it.each(STRATEGIES)('$name', async (strategy) => {
    for (let seed = 1; seed <= SEQUENCES; seed++) {
      const made = await make(shape, seed);
      const random = new Prng(seed);
      const disk = await open(withScheduler(made.file, { seed }), {
        ...gates(made),
        l2Cache: strategy.make(),
        refcountCache: strategy.make(),
        l2EntrySize: 512,
      });
      const terrain = terrainOf(shape, disk.size);
      const { bytes } = made;
      let n = 0;
      for (const batch of batches(seed, 16, terrain)) {
        const id = `s${n++}`;
        const before = bytes.slice();
        const cut = random.below(batch.length + 1);
        const first = batch.slice(0, cut).map((request) => issue(disk, request, before));
        const taken = disk.createSnapshot({ id, name: '' });
        const second = batch.slice(cut).map((request) => issue(disk, request, before));
        // Another operation waits for its turn.
        const other =
          disk.snapshots().length > 2 ? disk.deleteSnapshot(disk.snapshots()[0]!.id) : undefined;
        await Promise.all([...first, taken, ...second, other]);
        for (const request of batch) apply(bytes, request, terrain);
        expect(Buffer.compare(await readAll(disk, 7000), bytes)).toBe(0);
        const snapshot = await open(made.file, { ...gates(made), snapshot: id });
        const found = await readAll(snapshot);
        await snapshot.close();
        const bad = found.findIndex((byte, i) => byte !== before[i] && byte !== bytes[i]);
        expect(bad).toBe(-1);
      }
      await disk.close();
      await expectSound(made);
    }
  });

  it('reads go on while snapshots come and go, and see one disk or the other', async () => {
    for (let seed = 1; seed <= SEQUENCES; seed++) {
      const made = await make(shape, seed);
      const disk = await open(withScheduler(made.file, { seed }), {
        ...gates(made),
        l2Cache: STRATEGIES[seed % 3]!.make(),
        l2EntrySize: 512,
      });
      const random = new Prng(seed);
      const disks = [1, 2].map((n) => new Uint8Array(disk.size).fill(n));
      for (const [i, bytes] of disks.entries()) {
        await disk.write(bytes, 0);
        await disk.createSnapshot({ id: `disk ${i}`, name: '' });
      }
      let over = false;
      let reads = 0;
      const reader = async (): Promise<void> => {
        while (!over) {
          const offset = random.below(disk.size - 1);
          const found = new Uint8Array(1 + random.below(Math.min(3000, disk.size - offset)));
          await disk.read(found, offset);
          if (found.some((byte) => byte !== 1 && byte !== 2)) throw new Error(`byte ${offset}`);
          reads++;
        }
      };
      const readers = [reader(), reader(), reader(), reader()];
      for (let n = 0; n < 6; n++) {
        await disk.applySnapshot(`disk ${n % 2}`);
        await disk.createSnapshot({ id: 'third', name: '' });
        await disk.deleteSnapshot('third');
        expect(Buffer.compare(await readAll(disk), disks[n % 2]!)).toBe(0);
      }
      over = true;
      await Promise.all(readers);
      expect(reads).toBeGreaterThan(10);
      await disk.close();
      await expectSound(made);
    }
  });
});
