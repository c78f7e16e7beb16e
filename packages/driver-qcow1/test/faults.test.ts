import {
  ImageError,
  Prng,
  withFaults,
  withScheduler,
  type FaultRule,
  type FaultyDevice,
} from '@q/block';
import { describe, expect, it } from 'vitest';
import { check, open, type Qcow1Image } from '../src/index.ts';
import { effort } from './support/effort.ts';
import { batches, issue, type Request } from './support/sequence.ts';
import {
  make,
  openOptions,
  readAll,
  SHAPES,
  STRATEGIES,
  terrainOf,
  type Shape,
} from './support/shapes.ts';
import { Uncertain } from './support/uncertain.ts';

/** How many of a sequence's I/O calls fail, one in each run; in the long run all of them do. */
const FAULTS = effort(10, Infinity);
const BATCHES = 12;

/** How a run went: the I/O calls of the sequence, and how many requests the fault reached. */
interface Outcome {
  readonly calls: number;
  readonly failed: number;
}

async function perform(disk: Qcow1Image, request: Request, truth: Uncertain): Promise<void> {
  if (request.op !== 'read') return issue(disk, request, truth.bytes);
  const found = new Uint8Array(request.length);
  await disk.read(found, request.offset);
  truth.verify(found, request.offset);
}

/** Runs one sequence, with one fault or none. */
async function runWith(
  shape: Shape,
  seed: number,
  rule: FaultRule | undefined,
  permuted: boolean,
): Promise<Outcome> {
  const made = await make(shape, seed);
  const file: FaultyDevice = withFaults(made.file, []);
  const l2Cache = new Prng(seed).pick(STRATEGIES).make();
  const options = { ...openOptions(made), l2Cache };
  const disk = await open(permuted ? withScheduler(file, { seed }) : file, options);
  const before = file.calls;
  if (rule !== undefined) file.setRules([rule]);
  const truth = new Uncertain(made.bytes);
  let failed = 0;
  const attempt = async (work: () => unknown): Promise<boolean> => {
    try {
      await work();
      return true;
    } catch (error) {
      if (!(error instanceof ImageError) || (error.code !== 'io' && error.code !== 'no-space')) {
        throw error;
      }
      failed++;
      return false;
    }
  };
  for (const batch of batches(seed, BATCHES, terrainOf(shape, disk))) {
    const settled = await Promise.all(
      batch.map((request) => attempt(() => perform(disk, request, truth))),
    );
    for (const [i, request] of batch.entries()) {
      if (request.op === 'read' || request.op === 'flush') continue;
      if (settled[i] === true) truth.succeeded(request);
      else truth.failed(request);
    }
  }
  // The fault is over by now, or meets the flush: then the next one works.
  if (!(await attempt(() => disk.flush()))) await disk.flush();
  const calls = file.calls - before;
  file.setRules([]);
  truth.verify(await readAll(disk));
  await disk.close();
  const report = await check(made.file);
  expect(report.findings.filter(({ severity }) => severity === 'corruption')).toEqual([]);
  const again = await open(made.file, { ...openOptions(made), readOnly: true });
  truth.verify(await readAll(again));
  await again.close();
  return { calls, failed };
}

describe.each(SHAPES)('an I/O call fails: $name', (shape) => {
  for (const permuted of [false, true]) {
    it(permuted ? 'completions permuted' : 'completions in order', async () => {
      const seed = permuted ? 2 : 1;
      const { calls } = await runWith(shape, seed, undefined, permuted);
      const step = Math.max(1, Math.floor(calls / FAULTS));
      let reached = 0;
      for (let nth = 1; nth <= calls; nth += step) {
        const code = nth % 3 === 0 ? 'no-space' : 'io';
        const rule: FaultRule = { nth, code, torn: nth % 2 === 0 ? 512 : 0 };
        try {
          reached += (await runWith(shape, seed, rule, permuted)).failed;
        } catch (error) {
          throw new Error(`${JSON.stringify(rule)}: ${(error as Error).message}`, { cause: error });
        }
      }
      expect(reached).toBeGreaterThan(0);
    });
  }
});
