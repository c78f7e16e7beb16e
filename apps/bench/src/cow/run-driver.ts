import { isPromise, withTrace } from '@q/block';
import type { BlockDevice } from '@q/block';
import { openFile } from '@q/block/node';
import { create, open } from '@q/driver-qcow2';
import type { CowFigures } from './figures.ts';
import { addTo, noTraffic } from './figures.ts';
import type { CowWorkload } from './workload.ts';
import { CLUSTER_BYTES, shapeOf } from './workload.ts';

/** How the driver writes. */
export interface DriverWay {
  readonly files: 'sync' | 'async';
  readonly takeOver: boolean;
}

/** Writes the workload with this repository's driver, into a new overlay at `overlay` over the raw file at `backing`. */
export async function runDriver(
  workload: CowWorkload,
  { files, takeOver }: DriverWay,
  overlay: string,
  backing: string,
): Promise<CowFigures> {
  const fresh = openFile(overlay, { create: true, truncate: true });
  const made = await create(
    fresh,
    {
      size: workload.size,
      clusterSize: CLUSTER_BYTES,
      backing: { name: backing, format: 'raw' },
    },
    { backing: () => openFile(backing, { readOnly: true }) },
  );
  await made.close();
  fresh.close();

  const [fileReads, fileWrites, backingReads] = [noTraffic(), noTraffic(), noTraffic()];
  const plain: BlockDevice =
    files === 'async' ? openFile(overlay, { mode: 'async' }) : openFile(overlay);
  const file = withTrace(plain, ({ op, length }) => {
    if (op === 'read') addTo(fileReads, length);
    else if (op === 'write') addTo(fileWrites, length);
  });
  try {
    const disk = await open(file, {
      takeOver,
      backing: () => {
        const below: BlockDevice =
          files === 'async'
            ? openFile(backing, { readOnly: true, mode: 'async' })
            : openFile(backing, { readOnly: true });
        return withTrace(below, ({ op, length }) => {
          if (op === 'read') addTo(backingReads, length);
        });
      },
    });
    const start = performance.now();
    await writeAll(disk, workload);
    await disk.close();
    const seconds = (performance.now() - start) / 1000;
    const { bytesRead: cowRead, bytesWritten: cowWritten } = disk.cowTraffic;
    return { cowRead, cowWritten, fileReads, fileWrites, backingReads, seconds };
  } finally {
    await file.close();
  }
}

/** Sends the requests in order, `depth` at a time where the disk takes its time. */
async function writeAll(disk: BlockDevice, workload: CowWorkload): Promise<void> {
  const { requests } = shapeOf(workload);
  const bytes = new Uint8Array(workload.request).fill(0x51);
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < requests) {
      const done = disk.write(bytes, next++ * workload.request);
      if (isPromise(done)) await done;
    }
  };
  await Promise.all(Array.from({ length: workload.depth }, lane));
}
