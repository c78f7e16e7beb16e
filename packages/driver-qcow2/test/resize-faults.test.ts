import { ImageError, withFaults, type MemoryDevice } from '@q/block';
import { describe, expect, it } from 'vitest';
import { check } from '../src/check/check.ts';
import { open } from '../src/index.ts';
import { readAll } from './support/chain.ts';
import { resize, resized, rounds, type Round } from './support/resizes.ts';
import { play } from './support/sequence.ts';
import {
  gates,
  make,
  SHAPES,
  STRATEGIES,
  terrainOf,
  type Made,
  type Shape,
} from './support/shapes.ts';

const ROUNDS = 4;

function cloned(device: MemoryDevice | undefined): MemoryDevice | undefined {
  return device?.clone();
}

/**
 * Plays a round on a copy of what was made, with the nth I/O call of the change of size failing. @returns whether there were so many calls, and the copy
 */
async function playRound(
  shape: Shape,
  made: Made,
  round: Round,
  nth: number,
): Promise<{ reached: boolean; made: Made }> {
  const copy: Made = {
    file: made.file.clone(),
    backing: made.backing,
    data: cloned(made.data),
    bytes: made.bytes.slice(),
  };
  const file = withFaults(copy.file, []);
  const strategy = STRATEGIES[nth % STRATEGIES.length]!;
  const disk = await open(file, {
    ...gates(copy),
    l2Cache: strategy.make(),
    refcountCache: strategy.make(),
    l2EntrySize: 512,
  });
  const terrain = terrainOf(shape, round.size);
  for (const batch of round.batches) await play(disk, batch, copy.bytes, terrain);
  file.setRules([{ nth, code: nth % 3 === 0 ? 'no-space' : 'io', torn: nth % 2 === 0 ? 512 : 0 }]);
  let reached = false;
  try {
    await resize(disk, round.next);
  } catch (error) {
    if (!(error instanceof ImageError)) throw error;
    reached = true;
    expect([round.size, round.next]).toContain(disk.size);
    if (round.next > round.size) expect(disk.size).toBe(round.size);
    expect(Buffer.compare(await readAll(disk), resized(copy.bytes, disk.size))).toBe(0);
    // What has failed once works the next time.
    await resize(disk, round.next);
  }
  file.setRules([]);
  const bytes = resized(copy.bytes, round.next);
  expect(disk.size).toBe(round.next);
  expect(Buffer.compare(await readAll(disk), bytes)).toBe(0);
  await disk.close();
  const { corruptions, leaks } = await check(copy.file);
  expect(corruptions).toBe(0);
  if (!reached) expect(leaks).toBe(0);
  const again = await open(copy.file, { ...gates(copy), readOnly: true });
  expect(Buffer.compare(await readAll(again), bytes)).toBe(0);
  await again.close();
  return { reached, made: { ...copy, bytes } };
}

describe.each(SHAPES)('an I/O call of a change of size fails: $name', (shape) => {
  it('each in turn', async () => {
    let made = await make(shape, 1);
    let failures = 0;
    for (const round of rounds(shape, 3, ROUNDS, 3)) {
      for (let nth = 1; ; nth++) {
        let played: Awaited<ReturnType<typeof playRound>>;
        try {
          played = await playRound(shape, made, round, nth);
        } catch (error) {
          throw new Error(
            `${round.size} to ${round.next}, call ${nth}: ${(error as Error).message}`,
            {
              cause: error,
            },
          );
        }
        if (played.reached) failures++;
        else {
          made = played.made;
          break;
        }
      }
    }
    expect(failures).toBeGreaterThan(2 * ROUNDS);
  });
});
