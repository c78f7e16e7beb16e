import { MemoryDevice } from '@q/block';
import { describe, expect, it } from 'vitest';
import { create, open, type Qcow2Image } from '../../src/index.ts';
import { readAll } from '../support/chain.ts';
import { expectSound } from './sound.ts';

const bytesOf = (file: MemoryDevice): Uint8Array => {
  const bytes = new Uint8Array(file.size);
  file.read(bytes, 0);
  return bytes;
};

/** Lets an image work in windows of few clusters, as one of many terabytes does. */
function withWindows(disk: Qcow2Image, clusters: number): void {
  (disk as unknown as { state: { tallyClusters: number } }).state.tallyClusters = clusters;
}

describe.each([1, 2, 4, 8, 16, 32, 64])('refcounts of %d bits', (refcountBits) => {
  for (const clusters of [2 ** 26, 1]) {
    it(`take as many snapshots as they can count, and the next one changes nothing; windows of ${clusters} clusters`, async () => {
      const file = new MemoryDevice();
      const disk = await create(file, { size: 300 * 4096, clusterSize: 4096, refcountBits });
      withWindows(disk, clusters);
      const written = new Uint8Array(200 * 4096).fill(7);
      await disk.write(written, 5000);
      await disk.flush();
      const most = Math.min(2 ** refcountBits - 1, 20);
      for (let i = 1; i < most; i++) await disk.createSnapshot({ name: `${i}` });
      expect(disk.snapshots().length).toBe(most - 1);
      if (refcountBits <= 4) {
        await disk.flush();
        const before = bytesOf(file);
        await expect(disk.createSnapshot({ name: 'one more' })).rejects.toMatchObject({
          code: 'limit',
          expected: most,
        });
        const after = bytesOf(file);
        expect(Buffer.compare(after, before)).toBe(0);
        expect(disk.snapshots().length).toBe(most - 1);
      }
      await disk.write(new Uint8Array(4096), 8192);
      await disk.flush();
      await expectSound({ file });
      if (most > 2) {
        // While the snapshot is applied its clusters have one more user.
        await disk.deleteSnapshot('2');
        await disk.applySnapshot('1');
        await disk.deleteSnapshot('1');
        const found = new Uint8Array(written.length);
        await disk.read(found, 5000);
        expect(Buffer.compare(found, written)).toBe(0);
      }
      while (disk.snapshots().length > 0) await disk.deleteSnapshot(disk.snapshots()[0]!.id);
      await disk.close();
      await expectSound({ file });
    });
  }

  it('share the host cluster of many compressed streams', async () => {
    const file = new MemoryDevice();
    const disk = await create(file, { size: 300 * 4096, clusterSize: 4096, refcountBits });
    await disk.writeCompressed(new Uint8Array(300 * 4096).fill(3), 0);
    await disk.flush();
    const fits = refcountBits > 8;
    const taken = disk.createSnapshot({ name: 's' }).then(
      () => true,
      (error: { code: string }) => error.code !== 'limit',
    );
    // About 290 streams in a host cluster; with narrow counts it holds as many as can be counted, and is full.
    expect(await taken).toBe(fits);
    await disk.writeCompressed(new Uint8Array(4096).fill(4), 0);
    await disk.close();
    await expectSound({ file });
    const again = await open(file);
    if (fits) {
      await again.applySnapshot('s');
      expect((await readAll(again)).every((byte) => byte === 3)).toBe(true);
      await again.deleteSnapshot('s');
    }
    await again.close();
    await expectSound({ file });
  });
});
