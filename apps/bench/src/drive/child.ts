// Entry point of a thread in which one strategy drives (see ../replay/isolate.ts).
import { serve } from '../replay/serve.ts';
import { driveJob } from './drive-job.ts';
import type { DriveSource } from './drive-once.ts';

/** What such a thread is opened with. */
export interface DriveOpen {
  readonly source: DriveSource;
  /** As `recordSequence` gave it. */
  readonly sequence: Float64Array<SharedArrayBuffer>;
}

let opened: DriveOpen | undefined;

serve<DriveOpen, Parameters<typeof driveJob>[0], Awaited<ReturnType<typeof driveJob>>>(
  (what) => (opened = what),
  (job) => {
    if (opened === undefined) throw new Error('the thread was not opened');
    return driveJob(job, opened.source, opened.sequence);
  },
);
