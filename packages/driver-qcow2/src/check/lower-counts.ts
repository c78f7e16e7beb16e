import { readPadded, wait, type Steps } from '@q/block';
import { getRefcount, setRefcount } from '@q/format';
import type { Survey } from './survey.ts';
import { writeSectors } from './write-sectors.ts';

/** Lowers the counts that are too high, and leaves those alone that are too low. */
export function* lowerCounts(survey: Survey): Steps<boolean> {
  const { blocks, geometry, file, counts, clusters } = survey;
  const { clusterSize, refcountsPerBlock, refcountOrder } = geometry;
  const before = new Uint8Array(clusterSize);
  let wrote = false;
  for (const place of blocks.wrong) {
    const offset = blocks.clusters[place]! * clusterSize;
    yield* wait(readPadded(file, before, offset));
    const after = before.slice();
    const first = blocks.indexes[place]! * refcountsPerBlock;
    for (let i = 0; i < refcountsPerBlock; i++) {
      const count = first + i <= clusters ? counts.at(first + i) : 0;
      if (getRefcount(before, refcountOrder, i) > count)
        setRefcount(after, refcountOrder, i, count);
    }
    if (yield* writeSectors(file, before, after, offset)) wrote = true;
  }
  if (wrote) yield* wait(file.flush());
  return wrote;
}
