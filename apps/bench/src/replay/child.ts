// Entry point of a replay thread or replay process (see isolate.ts).
import { readFileSync } from 'node:fs';
import type { ReplayJob, ReplayResult } from './job.ts';
import { runJob } from './job.ts';
import { serve } from './serve.ts';

/** The keys to replay, 64-bit floats: shared memory, or a file of them in the machine's byte order. */
export type ReplayKeys = SharedArrayBuffer | string;

/** Whether the code has been compiled: the first timed job is run once more before it counts. */
let warm = false;
let keys: Float64Array = new Float64Array(0);

function open(what: ReplayKeys): void {
  if (typeof what === 'string') {
    const bytes = readFileSync(what);
    keys = new Float64Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 8);
  } else keys = new Float64Array(what);
}

function replayJob(job: ReplayJob): ReplayResult {
  if (job.timingMs > 0 && !warm) {
    runJob(job, keys);
    warm = true;
  }
  return runJob(job, keys);
}

serve(open, replayJob);
