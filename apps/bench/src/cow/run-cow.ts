import { mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { makeBackingFile } from './backing-file.ts';
import type { CowResult, CowRun } from './figures.ts';
import { runDriver } from './run-driver.ts';
import { qemuMissing, runQemu } from './run-qemu.ts';
import type { CowWorkload } from './workload.ts';
import { shapeOf } from './workload.ts';

const DRIVER_WAYS = [
  { files: 'async', takeOver: true },
  { files: 'async', takeOver: false },
  { files: 'sync', takeOver: true },
  { files: 'sync', takeOver: false },
] as const;

/** How many runs there are. */
export const COW_RUNS = DRIVER_WAYS.length + 1;

/** Writes the workload in every way, each into an overlay of its own in a new folder below `folder`, and removes them. */
export async function runCow(
  workload: CowWorkload,
  folder: string,
  onRun: (done: number) => void,
): Promise<CowResult> {
  const work = await mkdtemp(path.join(folder, 'q-bench-cow-'));
  try {
    const backing = path.join(work, 'backing.raw');
    const overlay = path.join(work, 'overlay.qcow2');
    makeBackingFile(backing, workload.size);
    const runs: CowRun[] = [];
    for (const way of DRIVER_WAYS) {
      const figures = await runDriver(workload, way, overlay, backing);
      runs.push({ writer: 'driver', ...way, figures });
      await rm(overlay);
      onRun(runs.length);
    }
    const note = await qemuMissing();
    const qemu = { writer: 'qemu-img bench', files: 'async', takeOver: false } as const;
    runs.push(
      note === undefined
        ? { ...qemu, figures: await runQemu(workload, overlay, backing) }
        : { ...qemu, note },
    );
    onRun(runs.length);
    return { workload, shape: shapeOf(workload), runs };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
