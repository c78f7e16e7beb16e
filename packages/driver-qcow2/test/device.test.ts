import { MemoryDevice, slice } from '@q/block';
import { blockDeviceConformance } from '@q/block/conformance';
import { describe, it } from 'vitest';
import { create, type Qcow2CreateOptions } from '../src/index.ts';

const kinds: readonly (readonly [string, Omit<Qcow2CreateOptions, 'size'>])[] = [
  ['clusters of 512', { clusterSize: 512 }],
  ['clusters of 64 KiB', {}],
  ['extended L2 entries', { clusterSize: 16384, extendedL2: true }],
  ['version 2', { clusterSize: 4096, version: 2 }],
];

for (const [name, options] of kinds) {
  blockDeviceConformance(
    `a QCOW2 image: ${name}`,
    { describe, it },
    // The size of an image is a multiple of 512; the suite has others.
    async (size) => slice(await create(new MemoryDevice(), { size, ...options }), 0, size),
    { resizable: false },
  );
}
