import { openFile } from '@q/block/node';
import { scratch, withQemu } from '@q/judge';
import { expect, it } from 'vitest';
import { check } from '../../src/index.ts';
import { makeImage, RECIPES } from './images.ts';
import { qemuCheck, totalsOf } from './judge.ts';

withQemu('an image of qemu-img is clean, and has the totals that qemu-img counts', () => {
  const folder = scratch();
  for (const recipe of RECIPES) {
    it(`${recipe.name}${recipe.snapshots === true ? ', snapshots' : ''}`, async () => {
      const path = makeImage(folder, recipe);
      const image =
        recipe.luks === true
          ? [
              '--object',
              'secret,id=s,data=open',
              '--image-opts',
              `driver=qcow2,file.filename=${path},encrypt.format=luks,encrypt.key-secret=s`,
            ]
          : ['-f', 'qcow2', path];
      const theirs = qemuCheck(image, undefined, folder);
      const file = openFile(path, { readOnly: true });
      const ours = await check(file);
      file.close();
      expect(theirs.status).toBe(0);
      expect(ours.findings).toEqual([]);
      expect(totalsOf(ours)).toEqual(theirs.totals);
    });
  }

  it('256 GiB, all L2 tables there, read in the thread pool', async () => {
    const path = makeImage(folder, {
      name: 'large',
      options: 'preallocation=metadata',
      size: 2 ** 38,
      cluster: 65536,
      writes: false,
    });
    const theirs = qemuCheck(['-f', 'qcow2', path], undefined, folder);
    const file = openFile(path, { readOnly: true, mode: 'async' });
    let last = [0, 0];
    const ours = await check(file, {
      onProgress: (done, total) => {
        expect(done).toBeLessThanOrEqual(total);
        expect(done).toBeGreaterThanOrEqual(last[0]!);
        last = [done, total];
      },
    });
    await file.close();
    expect(ours.findings).toEqual([]);
    expect(totalsOf(ours)).toEqual(theirs.totals);
    // 512 L2 tables and 129 refcount blocks.
    expect(last).toEqual([641, 641]);
  });
});
