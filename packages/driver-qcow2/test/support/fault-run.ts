import {
  ImageError,
  Prng,
  withFaults,
  withScheduler,
  type FaultRule,
  type FaultyDevice,
} from '@q/block';
import { expect } from 'vitest';
import { check } from '../../src/check/check.ts';
import { open, type Qcow2Image } from '../../src/index.ts';
import { readAll } from './chain.ts';
import { batches, issue, type Request, type Terrain } from './sequence.ts';
import { gates, make, STRATEGIES, terrainOf, type Shape } from './shapes.ts';
import { Uncertain } from './uncertain.ts';

const BATCHES = 16;

async function perform(disk: Qcow2Image, request: Request, truth: Uncertain): Promise<void> {
  if (request.op !== 'read') return issue(disk, request, truth.bytes);
  const found = new Uint8Array(request.length);
  await disk.read(found, request.offset);
  truth.verify(found, request.offset);
}

/** Runs one sequence with one fault. @returns the I/O calls of the sequence, and how many requests the fault reached */
export async function runWith(
  shape: Shape,
  seed: number,
  rule: FaultRule | undefined,
  permuted: boolean,
): Promise<{ calls: number; failed: number }> {
  const made = await make(shape, seed);
  const file: FaultyDevice = withFaults(made.file, []);
  const strategy = new Prng(seed).pick(STRATEGIES);
  const disk = await open(permuted ? withScheduler(file, { seed }) : file, {
    ...gates(made),
    l2Cache: strategy.make(),
    refcountCache: strategy.make(),
    l2EntrySize: 512,
  });
  const before = file.calls;
  if (rule !== undefined) file.setRules([rule]);
  const terrain: Terrain = terrainOf(shape, disk.size);
  const truth = new Uncertain(made.bytes, terrain);
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
  for (const batch of batches(seed, BATCHES, terrain)) {
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
  const { calls } = file;
  file.setRules([]);
  truth.verify(await readAll(disk));
  await disk.close();
  const report = await check(made.file);
  expect(report.findings.filter(({ severity }) => severity === 'corruption')).toEqual([]);
  if (rule === undefined) expect(report.leaks).toBe(0);
  const again = await open(made.file, { ...gates(made), readOnly: true });
  truth.verify(await readAll(again));
  await again.close();
  return { calls: calls - before, failed };
}

/**
 * Lets I/O calls of a sequence fail, one in each run, `faults` of them spread over all.
 * @returns how many requests they reached
 */
export async function failEach(shape: Shape, permuted: boolean, faults: number): Promise<number> {
  const seed = permuted ? 2 : 1;
  const { calls } = await runWith(shape, seed, undefined, permuted);
  const step = Math.max(1, Math.floor(calls / faults));
  let reached = 0;
  for (let nth = 1; nth <= calls; nth += step) {
    const rule: FaultRule = {
      nth,
      code: nth % 3 === 0 ? 'no-space' : 'io',
      torn: nth % 2 === 0 ? 512 : 0,
    };
    try {
      reached += (await runWith(shape, seed, rule, permuted)).failed;
    } catch (error) {
      throw new Error(`${JSON.stringify(rule)}: ${(error as Error).message}`, { cause: error });
    }
  }
  return reached;
}
