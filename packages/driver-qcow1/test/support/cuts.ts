import { Prng, withPowerCut, withScheduler, type PowerCutDevice } from '@q/block';
import { open } from '../../src/index.ts';
import { Durable } from './durable.ts';
import { apply, batches, issue } from './sequence.ts';
import { make, openOptions, STRATEGIES, terrainOf, type Made, type Shape } from './shapes.ts';

/** How a sequence is played and how often its power is cut. */
export interface CutOptions {
  readonly seed: number;
  readonly batches: number;
  /** Surviving images looked at for each instant that is. */
  readonly each: number;
  readonly permuted: boolean;
}

/** Looks at an image that survived, and at what the guest may find in it. */
export type Judge = (survivor: Made, durable: Durable) => Promise<void>;

/**
 * Plays a sequence and cuts its power at every flush of the file and after every batch. @returns how many surviving images were judged
 */
export async function cutPower(shape: Shape, options: CutOptions, judge: Judge): Promise<number> {
  const { seed } = options;
  const made = await make(shape, seed);
  let durable: Durable | undefined;
  let judged = 0;
  const look = async (): Promise<void> => {
    if (durable === undefined) return;
    const survivors = file.survivors({ seed: seed * 1000 + judged, count: options.each });
    for (const { image, choice } of survivors) {
      try {
        await judge({ ...made, file: image }, durable);
      } catch (error) {
        throw new Error(
          `${shape.name}, seed ${seed}, image ${judged}: ${(error as Error).message}\n${JSON.stringify(choice).slice(0, 2000)}`,
          { cause: error },
        );
      }
      judged++;
    }
  };
  const file: PowerCutDevice = withPowerCut(made.file, { onFlush: look });
  const disk = await open(options.permuted ? withScheduler(file, { seed }) : file, {
    ...openOptions(made),
    l2Cache: new Prng(seed).pick(STRATEGIES).make(),
  });
  const tracker = new Durable(made.bytes);
  durable = tracker;
  for (const batch of batches(seed, options.batches, terrainOf(shape, disk))) {
    const done = batch.map(async (request) => {
      if (request.op === 'read') return issue(disk, request, made.bytes);
      const finished = request.op === 'flush' ? tracker.flush() : tracker.issue(request);
      await issue(disk, request, made.bytes);
      finished();
    });
    for (const result of await Promise.allSettled(done)) {
      if (result.status === 'rejected') throw result.reason;
    }
    for (const request of batch) apply(made.bytes, request);
    await look();
  }
  await disk.close();
  await look();
  return judged;
}
