import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { max, median, min } from 'simple-statistics';
import { openProcess } from '../replay/isolate.ts';
import type { ReadJob, ReadOpen, ReadResult, ReadSubject } from './read-child.ts';
import { makeReadImage } from './read-image.ts';

/** What a 4 KiB read costs. */
export interface ReadSpeed {
  readonly subject: ReadSubject;
  /** Median of the rounds. */
  readonly nsPerRead: number;
  /** Fastest and slowest round. */
  readonly range: readonly [number, number];
  /** Bytes that a read leaves on the heap; an offset past 2 GiB is 16 of them, allocated by whoever passes it. */
  readonly heapBytesPerRead: number;
  readonly promisesPerRead: number;
}

/** How many rounds of how many milliseconds. */
export interface ReadSpeedPlan {
  readonly rounds: number;
  readonly roundMs: number;
}

/** What is measured, in the order in which it is shown. */
export const READ_SUBJECTS: readonly ReadSubject[] = ['near', 'far', 'bare'];

/** Reads in which heap and promises are counted: few enough to fit the young generation. */
const COUNTED_READS = 1_000_000;
/** Room for all that a million reads may leave, so that nothing is collected while it is counted. */
const V8_OPTIONS = ['--expose-gc', '--min-semi-space-size=256', '--max-semi-space-size=256'];

/**
 * Measures 4 KiB reads at random places of 32 MiB whose L2 slice is cached and whose bytes are in the page cache, each kind in a process of its own, in interleaved rounds
 * as replays are. The figure of a round is its fastest batch.
 */
export async function measureReadSpeed(
  plan: ReadSpeedPlan,
  onRun: (done: number) => void,
): Promise<ReadSpeed[]> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'q-bench-'));
  const image = path.join(folder, 'reads.qcow2');
  const found = READ_SUBJECTS.map((subject) => ({ subject, ns: [] as number[] }));
  const speeds: ReadSpeed[] = [];
  let processes: ReturnType<typeof openReads>[] = [];
  try {
    await makeReadImage(image);
    processes = READ_SUBJECTS.map((subject) => openReads({ image, subject }));
    let done = 0;
    for (let round = 0; round <= plan.rounds; round++) {
      for (const [i, { ns }] of found.entries()) {
        const result = await processes[i]!.run({ ms: plan.roundMs });
        if (round > 0) ns.push(result.ns);
        onRun(++done);
      }
    }
    for (const [i, { subject, ns }] of found.entries()) {
      const { heapBytes, promises } = await processes[i]!.run({ countReads: COUNTED_READS });
      speeds.push({
        subject,
        nsPerRead: Math.round(median(ns)),
        range: [Math.round(min(ns)), Math.round(max(ns))],
        heapBytesPerRead: Math.round((heapBytes / COUNTED_READS) * 100) / 100,
        promisesPerRead: promises / COUNTED_READS,
      });
    }
  } finally {
    await Promise.all(processes.map((each) => each.close()));
    await rm(folder, { recursive: true, force: true });
  }
  return speeds;
}

const openReads = (open: ReadOpen) =>
  openProcess<ReadOpen, ReadJob, ReadResult>(
    { entry: 'read-child', open, nameOf: () => `4 KiB reads (${open.subject})` },
    V8_OPTIONS,
  );
