// Entry point of a process in which one kind of 4 KiB read is measured (see read-speed.ts). Run with `--expose-gc`.
import { createHook } from 'node:async_hooks';
import fs from 'node:fs';
import v8 from 'node:v8';
import { openFile } from '@q/block/node';
import { lruRbtree } from '@q/cache-lru-rbtree';
import { open as openImage } from '@q/driver-qcow2';
import type { Qcow2Image } from '@q/driver-qcow2';
import { processorMs } from '../replay/processor-time.ts';
import { serve } from '../replay/serve.ts';
import { READ_AREA_BYTES, READ_PLACES } from './read-image.ts';

/** `near` and `far` read through the driver at that place of the disk, `bare` reads the same bytes from the image file with `fs.readSync`. */
export type ReadSubject = 'near' | 'far' | 'bare';

/** What such a process is opened with. */
export interface ReadOpen {
  readonly image: string;
  readonly subject: ReadSubject;
}

/** Time for so many milliseconds at least, or count what so many reads leave on the heap. */
export type ReadJob = { readonly ms: number } | { readonly countReads: number };

/** Nanoseconds a read took in the fastest batch; or what the reads made, all of them together. */
export interface ReadResult {
  readonly ns: number;
  /** Bytes that the heap has grown, without any garbage collection between. */
  readonly heapBytes: number;
  readonly promises: number;
}

const READ_BYTES = 4096;
const BATCH = 20_000;
const OFFSETS = 2 ** 14;

const into = new Uint8Array(READ_BYTES);
const offsets = new Float64Array(OFFSETS);
let read: (count: number) => void = () => {};

async function open({ image, subject }: ReadOpen): Promise<void> {
  const file = openFile(image, { readOnly: true });
  const disk = await openImage(file, {
    l2Cache: lruRbtree({ tables: 16 }),
    l2EntrySize: 4096,
  });
  const place = READ_PLACES[subject === 'far' ? 'far' : 'near'];
  const start = subject === 'bare' ? await hostOffset(disk, place) : place;
  let state = 1;
  for (let i = 0; i < OFFSETS; i++) {
    state = (state * 48271) % 2147483647;
    offsets[i] = start + (state % (READ_AREA_BYTES / READ_BYTES)) * READ_BYTES;
  }
  if (subject === 'bare') {
    const fd = fs.openSync(image, 'r');
    read = (count) => {
      for (let i = 0; i < count; i++) {
        fs.readSync(fd, into, 0, READ_BYTES, offsets[i % OFFSETS]!);
      }
    };
  } else {
    read = (count) => {
      for (let i = 0; i < count; i++) void disk.read(into, offsets[i % OFFSETS]!);
    };
  }
  // Compiles, and loads the one slice.
  read(10 * BATCH);
  if (disk.l2Stats.loads > 1) throw new Error('the reads do not stay in one slice');
}

/** Where the area lies in the file: in one piece, which the bare reads rely on. */
async function hostOffset(disk: Qcow2Image, place: number): Promise<number> {
  for await (const extent of disk.extents(place, READ_AREA_BYTES)) {
    if (extent.hostOffset !== undefined && extent.length === READ_AREA_BYTES) {
      return extent.hostOffset;
    }
    break;
  }
  throw new Error('the area is not in one piece');
}

let opened: Promise<void> | undefined;

async function runJob(job: ReadJob): Promise<ReadResult> {
  await opened;
  if ('countReads' in job) return count(job.countReads);
  let ns = Infinity;
  for (let spent = 0; spent < job.ms;) {
    const ms = processorMs(() => read(BATCH));
    spent += ms;
    ns = Math.min(ns, (ms * 1e6) / BATCH);
  }
  return { ns, heapBytes: 0, promises: 0 };
}

function count(reads: number): ReadResult {
  let promises = 0;
  const hook = createHook({
    init(_id, type) {
      if (type === 'PROMISE') promises++;
    },
  }).enable();
  read(reads);
  hook.disable();

  globalThis.gc?.();
  const collections = new v8.GCProfiler();
  collections.start();
  const before = process.memoryUsage().heapUsed;
  read(reads);
  const heapBytes = process.memoryUsage().heapUsed - before;
  if (collections.stop().statistics.length > 0) {
    throw new Error(`${reads} reads made the garbage collector run: count fewer`);
  }
  return { ns: 0, heapBytes, promises };
}

serve<ReadOpen, ReadJob, ReadResult>((what) => {
  opened = open(what);
  // The first job tells of a failure.
  opened.catch(() => {});
}, runJob);
