import { parentPort } from 'node:worker_threads';

/** What a replay thread or process is sent: first what to work on, then jobs, one at a time. */
export type ChildRequest<Open, Job> = { readonly open: Open } | { readonly job: Job };

/** The answer to a job. */
export type ChildReply<Result> = { readonly result: Result } | { readonly failure: string };

/** The inside of a replay thread or process (see isolate.ts): hands over what it was opened with, and answers jobs. */
export function serve<Open, Job, Result>(
  open: (what: Open) => void,
  runJob: (job: Job) => Result | Promise<Result>,
): void {
  const answer = async (job: Job): Promise<void> => {
    let reply: ChildReply<Result>;
    try {
      reply = { result: await runJob(job) };
    } catch (error) {
      reply = { failure: error instanceof Error ? error.message : String(error) };
    }
    if (parentPort) parentPort.postMessage(reply);
    else process.send!(reply);
  };
  const receive = (request: ChildRequest<Open, Job>): void => {
    if ('open' in request) open(request.open);
    else void answer(request.job);
  };
  if (parentPort) parentPort.on('message', receive);
  else process.on('message', receive);
}
