import { createRequire } from 'node:module';
import os from 'node:os';
import { Worker } from 'node:worker_threads';

// Zstd on all cores, where Node has no zstd of its own: a worker for each core, made when there is work for it. What a worker runs is text, since a file beside this
// one would have to survive every bundler.

const PROGRAM = `
  const { parentPort, workerData } = require('node:worker_threads');
  const zstd = require(workerData);
  const ready = zstd.init();
  parentPort.on('message', async ({ id, input }) => {
    try {
      await ready;
      const output = zstd.compress(input, 3);
      parentPort.postMessage({ id, output }, [output.buffer]);
    } catch (error) {
      parentPort.postMessage({ id, error: String(error) });
    }
  });
`;

interface Answer {
  readonly id: number;
  readonly output?: Uint8Array;
  readonly error?: string;
}

interface Job {
  readonly resolve: (output: Uint8Array) => void;
  readonly reject: (error: Error) => void;
}

/** A worker and what it is asked for. It keeps the process alive only while there is something. */
class Compressor {
  readonly #worker: Worker;
  readonly #jobs = new Map<number, Job>();
  readonly #gone: (compressor: Compressor) => void;
  #last = 0;

  constructor(gone: (compressor: Compressor) => void) {
    this.#gone = gone;
    const library = createRequire(import.meta.url).resolve('@bokuweb/zstd-wasm');
    this.#worker = new Worker(PROGRAM, { eval: true, workerData: library });
    this.#worker.unref();
    this.#worker.on('message', ({ id, output, error }: Answer) => {
      const job = this.#jobs.get(id);
      this.#jobs.delete(id);
      if (this.#jobs.size === 0) this.#worker.unref();
      if (output === undefined) job?.reject(new Error(error));
      else job?.resolve(output);
    });
    this.#worker.on('error', (error: Error) => this.#fail(error));
    this.#worker.on('exit', () => this.#fail(new Error('a zstd worker has ended')));
  }

  get waiting(): number {
    return this.#jobs.size;
  }

  compress(input: Uint8Array): Promise<Uint8Array> {
    const id = ++this.#last;
    // A copy that is handed over: cloning a view would clone all of its buffer. (`slice` of a Buffer is a view.)
    const copy = new Uint8Array(input);
    return new Promise((resolve, reject) => {
      this.#jobs.set(id, { resolve, reject });
      this.#worker.ref();
      this.#worker.postMessage({ id, input: copy }, [copy.buffer]);
    });
  }

  #fail(error: Error): void {
    this.#gone(this);
    for (const job of this.#jobs.values()) job.reject(error);
    this.#jobs.clear();
  }
}

const compressors = new Set<Compressor>();

/** One zstd frame of `input`, made on another thread. Rejects when there can be no worker, or it ends. */
export function compressInWorker(input: Uint8Array): Promise<Uint8Array> {
  let least: Compressor | undefined;
  for (const one of compressors)
    if (least === undefined || one.waiting < least.waiting) least = one;
  if (least === undefined || (least.waiting > 0 && compressors.size < os.availableParallelism())) {
    least = new Compressor((gone) => void compressors.delete(gone));
    compressors.add(least);
  }
  return least.compress(input);
}
