import { fork } from 'node:child_process';
import type { EventEmitter } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { ChildReply, ChildRequest } from './serve.ts';

/**
 * A place where jobs run with a compiler of their own. V8 keeps type feedback for each isolate: a second strategy class through
 * the same `find` call makes it polymorphic and slows down both, so the bench opens one isolate for each strategy.
 */
export interface Isolate<Job, Result> {
  /** Runs one job; the next may start when this one is done. Rejects with an Error that says which job failed. */
  run(job: Job): Promise<Result>;
  close(): Promise<void>;
}

/** What is run: an entry that the build puts beside the file that this ends up in, what it is opened with, and how a job is called in errors. */
export interface Child<Open, Job> {
  readonly entry: 'replay-child' | 'drive-child' | 'read-child';
  readonly open: Open;
  readonly nameOf: (job: Job) => string;
}

/** Opens a thread; a `SharedArrayBuffer` in `child.open` is shared with it, not copied. */
export function openThread<Open, Job, Result>(child: Child<Open, Job>): Isolate<Job, Result> {
  const worker = new Worker(urlOf(child));
  const send = (request: ChildRequest<Open, Job>): void => worker.postMessage(request);
  send({ open: child.open });
  return {
    run: (job) => ask(worker, () => send({ job }), child.nameOf(job)),
    close: async () => void (await worker.terminate()),
  };
}

/** Opens a process of its own; `child.open` goes there as JSON. `options` are V8's. */
export function openProcess<Open, Job, Result>(
  child: Child<Open, Job>,
  options: readonly string[] = [],
): Isolate<Job, Result> {
  const running = fork(urlOf(child), { execArgv: [...options] });
  const send = (request: ChildRequest<Open, Job>): void =>
    void running.send(request as unknown as Record<string, unknown>);
  send({ open: child.open });
  return {
    run: (job) => ask(running, () => send({ job }), child.nameOf(job)),
    close: () =>
      new Promise((resolve) => {
        if (running.exitCode !== null || running.signalCode !== null) return resolve();
        running.once('exit', () => resolve());
        running.kill();
      }),
  };
}

function urlOf({ entry }: Pick<Child<unknown, never>, 'entry'>): URL {
  return new URL(`./${entry}.js`, import.meta.url);
}

/** Sends a job and waits for the first of: its answer, a failure, the end of the thread or process. */
function ask<Result>(from: EventEmitter, send: () => void, name: string): Promise<Result> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      from.off('message', onMessage);
      from.off('error', onError);
      from.off('exit', onExit);
    };
    const refuse = (reason: string): void => {
      stop();
      reject(new Error(`${name}: ${reason}`));
    };
    const onMessage = (reply: ChildReply<Result>): void => {
      if ('failure' in reply) return refuse(reply.failure);
      stop();
      resolve(reply.result);
    };
    const onError = (error: Error): void => refuse(error.message);
    const onExit = (code: number | null): void => refuse(`it ended with exit code ${code}`);
    from.on('message', onMessage);
    from.on('error', onError);
    from.on('exit', onExit);
    send();
  });
}
