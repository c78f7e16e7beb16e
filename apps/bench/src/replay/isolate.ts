import { fork } from 'node:child_process';
import type { EventEmitter } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { ChildReply, ChildRequest } from './child.ts';
import type { ReplayJob, ReplayResult } from './job.ts';

/**
 * A place where replays run with a compiler of their own. V8 keeps type feedback for each isolate: a second strategy class through
 * the same `find` call makes it polymorphic and slows down both, so the bench opens one isolate for each strategy.
 */
export interface Isolate {
  /** Runs one job; the next may start when this one is done. Rejects with an Error that names strategy and size. */
  run(job: ReplayJob): Promise<ReplayResult>;
  close(): Promise<void>;
}

// The name under which the build puts child.ts, beside the file that this ends up in.
const entry = new URL('./replay-child.js', import.meta.url);

/** A thread; `keys` (64-bit floats) are shared with it, not copied. */
export function openThread(keys: SharedArrayBuffer): Isolate {
  const worker = new Worker(entry);
  const send = (request: ChildRequest): void => worker.postMessage(request);
  send({ open: keys });
  return {
    run: (job) => ask(worker, send, job),
    close: async () => void (await worker.terminate()),
  };
}

/** A process of its own; `keysFile` holds the keys as 64-bit floats in the machine's byte order. */
export function openProcess(keysFile: string): Isolate {
  const child = fork(entry, { execArgv: [] });
  const send = (request: ChildRequest): void => void child.send(request);
  send({ openFile: keysFile });
  return {
    run: (job) => ask(child, send, job),
    close: () =>
      new Promise((resolve) => {
        if (child.exitCode !== null || child.signalCode !== null) return resolve();
        child.once('exit', () => resolve());
        child.kill();
      }),
  };
}

/** Sends a job and waits for the first of: its answer, a failure, the end of the thread or process. */
function ask(
  from: EventEmitter,
  send: (request: ChildRequest) => void,
  job: ReplayJob,
): Promise<ReplayResult> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      from.off('message', onMessage);
      from.off('error', onError);
      from.off('exit', onExit);
    };
    const refuse = (reason: string): void => {
      stop();
      reject(new Error(`${job.strategy} with ${job.tables} tables: ${reason}`));
    };
    const onMessage = (reply: ChildReply): void => {
      if ('failure' in reply) return refuse(reply.failure);
      stop();
      resolve(reply.result);
    };
    const onError = (error: Error): void => refuse(error.message);
    const onExit = (code: number | null): void => refuse(`the replay ended with exit code ${code}`);
    from.on('message', onMessage);
    from.on('error', onError);
    from.on('exit', onExit);
    send({ job });
  });
}
