import type { MemoryDevice } from '../memory.ts';
import type { Prng } from '../prng.ts';
import { applyChange, type Change, type Fate, sectorCount, type SectorRun } from './journal.ts';

/** Which of the unflushed changes a power cut left on the disk. Plain data: print it, and give it back to `survivor`. */
export interface SurvivorChoice {
  /** One for each unflushed change, in the order of issue. */
  readonly fates: readonly Fate[];
  /**
   * How many of the changes had their effect on the size made durable: 0 keeps the size of the last flush, `fates.length` the latest one.
   * A file system journals sizes in order and apart from data, so the size may survive without the bytes, and the bytes without the size.
   */
  readonly sizes: number;
}

/** The most cuts between kept and lost sectors in one torn change. */
const MOST_CUTS = 8;

/** The image that is left of `durable` and of what `choice` keeps of `changes`, applied in order. */
export function applyChoice(
  durable: MemoryDevice,
  changes: readonly Change[],
  choice: SurvivorChoice,
): MemoryDevice {
  if (choice.fates.length !== changes.length || !(choice.sizes <= changes.length)) {
    throw new RangeError(
      `the choice is about ${choice.fates.length} changes, and ${changes.length} are not flushed`,
    );
  }
  const image = durable.clone({ fixed: false });
  let size = durable.size;
  changes.forEach((change, index) => {
    if (index < choice.sizes) {
      // Bytes that a durable shrink cut off do not come back when the device grows again.
      if (change.size < size) image.resize(change.size);
      size = change.size;
    }
    applyChange(image, change, choice.fates[index] as Fate);
  });
  image.resize(size);
  return image.growable === durable.growable ? image : image.clone({ fixed: !durable.growable });
}

/** A random choice. The first two of a series are the extremes: everything lost, and everything kept. */
export function randomChoice(
  random: Prng,
  changes: readonly Change[],
  index: number,
): SurvivorChoice {
  if (index < 2) {
    const fate = index === 0 ? 'lost' : 'kept';
    return { fates: changes.map(() => fate), sizes: index === 0 ? 0 : changes.length };
  }
  const kept = random.pick([0.1, 0.5, 0.9]);
  const torn = random.pick([0, 0.2, 0.6]);
  const fates = changes.map((change): Fate => {
    if (random.chance(torn)) return tear(random, sectorCount(change));
    return random.chance(kept) ? 'kept' : 'lost';
  });
  return { fates, sizes: random.below(changes.length + 1) };
}

/** Any of the 2^n subsets for up to 8 sectors; for more, up to 9 alternating runs. */
function tear(random: Prng, sectors: number): SectorRun[] {
  const runs: SectorRun[] = [];
  if (sectors <= MOST_CUTS) {
    for (let from = 0; from < sectors; from++) {
      if (random.chance(0.5)) runs.push({ from, to: from + 1 });
    }
    return runs;
  }
  const cuts = [0, sectors];
  for (let cut = 1 + random.below(MOST_CUTS); cut > 0; cut--) cuts.push(random.below(sectors));
  cuts.sort((a, b) => a - b);
  for (let at = random.below(2); at + 1 < cuts.length; at += 2) {
    const run = { from: cuts[at] as number, to: cuts[at + 1] as number };
    if (run.from < run.to) runs.push(run);
  }
  return runs;
}
