import { MemoryDevice, slice } from '@q/block';
import { blockDeviceConformance } from '@q/block/conformance';
import { describe, it } from 'vitest';
import { create } from '../src/index.ts';

for (const clusterSize of [512, 4096, 65536]) {
  blockDeviceConformance(
    `a QCOW version 1 image with clusters of ${clusterSize}`,
    { describe, it },
    // The size of an image is a multiple of 512; the suite has others.
    async (size) => slice(await create(new MemoryDevice(), { size, clusterSize }), 0, size),
    { resizable: false },
  );
}
