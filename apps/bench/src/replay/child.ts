// Entry point of a replay thread or replay process (see isolate.ts). Serves one job at a time over the keys it was opened with.
import { readFileSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import type { ReplayJob, ReplayResult } from './job.ts';
import { runJob } from './job.ts';

/** First a message with the keys, then jobs. */
export type ChildRequest =
  | { readonly open: SharedArrayBuffer }
  | { readonly openFile: string }
  | { readonly job: ReplayJob };

/** The answer to a job. */
export type ChildReply = { readonly result: ReplayResult } | { readonly failure: string };

/** Whether the code has been compiled: the first timed job is run once more before it counts. */
let warm = false;
let keys: Float64Array = new Float64Array(0);

function serve(request: ChildRequest): void {
  if ('open' in request) keys = new Float64Array(request.open);
  else if ('openFile' in request) {
    const bytes = readFileSync(request.openFile);
    keys = new Float64Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 8);
  } else reply(request.job);
}

function reply(job: ReplayJob): void {
  let answer: ChildReply;
  try {
    if (job.timingMs > 0 && !warm) {
      runJob(job, keys);
      warm = true;
    }
    answer = { result: runJob(job, keys) };
  } catch (error) {
    answer = { failure: error instanceof Error ? error.message : String(error) };
  }
  if (parentPort) parentPort.postMessage(answer);
  else process.send!(answer);
}

if (parentPort) parentPort.on('message', serve);
else process.on('message', serve);
