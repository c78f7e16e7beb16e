import path from 'node:path';
import { scratch } from '@q/judge';
import { describe, it } from 'vitest';
import {
  MemoryDevice,
  slice,
  withFaults,
  withLatency,
  withPowerCut,
  withScheduler,
  withTrace,
} from '../src/index.ts';
import { blockDeviceConformance } from '../src/conformance/index.ts';
import { DeviceLayer } from '../src/layers/device-layer.ts';
import { openFile } from '../src/node/index.ts';

const runner = { describe, it };
const folder = scratch();
let count = 0;
const growable = { growable: true };

blockDeviceConformance('MemoryDevice', runner, (size) => new MemoryDevice(size), growable);
blockDeviceConformance(
  'MemoryDevice, fixed',
  runner,
  (size) => new MemoryDevice(size, { fixed: true }),
);
blockDeviceConformance(
  'a clone of a MemoryDevice',
  runner,
  (size) => {
    const dirty = new MemoryDevice(new Uint8Array(size * 2).fill(1));
    dirty.clone().write(new Uint8Array(size), 0);
    dirty.resize(0);
    dirty.resize(size);
    return dirty.clone();
  },
  growable,
);
for (const mode of ['sync', 'async'] as const) {
  blockDeviceConformance(
    `openFile, ${mode}`,
    runner,
    async (size) => {
      const device = openFile(path.join(folder, `${count++}`), { create: true, mode });
      await device.resize(size);
      return device;
    },
    growable,
  );
}
blockDeviceConformance(
  'slice',
  runner,
  (size) => slice(new MemoryDevice(size + 2000), 1001, size),
  { resizable: false },
);
blockDeviceConformance(
  'DeviceLayer',
  runner,
  (size) => new DeviceLayer(new MemoryDevice(size)),
  growable,
);
blockDeviceConformance(
  'withTrace',
  runner,
  (size) => withTrace(new MemoryDevice(size), () => {}),
  growable,
);
blockDeviceConformance(
  'withFaults, without rules',
  runner,
  (size) => withFaults(new MemoryDevice(size), []),
  growable,
);
blockDeviceConformance(
  'withLatency',
  runner,
  (size) => withLatency(new MemoryDevice(size), ({ offset }) => offset % 2),
  growable,
);
blockDeviceConformance(
  'withPowerCut',
  runner,
  (size) => withPowerCut(new MemoryDevice(size)),
  growable,
);
for (const seed of [1, 2]) {
  blockDeviceConformance(
    `withScheduler, seed ${seed}`,
    runner,
    (size) => withScheduler(new MemoryDevice(size), { seed }),
    growable,
  );
}
blockDeviceConformance(
  'a tower of layers',
  runner,
  (size) =>
    withTrace(withScheduler(withFaults(withPowerCut(new MemoryDevice(size)), [])), () => {}),
  growable,
);
