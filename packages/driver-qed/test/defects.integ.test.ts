import { scratch, qemuImg, withQemu } from '@q/judge';
import { MemoryDevice } from '@q/block';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { create } from '../src/index.ts';

// Defects that QEMU 7.2 shows on images that are right. Where a later QEMU has repaired one, the test of the defect is to go; the tests that the driver here has none of
// them, in defects.test.ts, stay.
withQemu('what QEMU gets wrong, so that nobody takes it for the rule', () => {
  const folder = scratch();

  it('calls a cluster leaked in a file of more than 4,095 clusters', async () => {
    const file = new MemoryDevice();
    const disk = await create(file, { size: 2 ** 25, clusterSize: 4096, tableSize: 2 });
    await disk.write(new Uint8Array(4096 * 4200).fill(1), 0);
    await disk.close();
    const image = path.join(folder, 'image.qed');
    writeFileSync(image, file.bytes());
    const { stdout } = qemuImg(['check', '-f', 'qed', image], [3]);
    expect(stdout).toMatch(/1 leaked clusters/);
  });
});
