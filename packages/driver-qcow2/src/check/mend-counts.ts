import { wait, type Steps } from '@q/block';
import { maxRefcountOf, setRefcount } from '@q/format';
import type { Survey } from './survey.ts';

/** The bytes of a refcount block, from what names the clusters of its span. A count that is too large for the width is the largest one. */
export function fillBlock(survey: Survey, block: Uint8Array, index: number): void {
  const { counts, clusters, geometry } = survey;
  const { refcountsPerBlock, refcountOrder } = geometry;
  const most = maxRefcountOf(refcountOrder);
  const first = index * refcountsPerBlock;
  const inFile = Math.max(0, Math.min(refcountsPerBlock, clusters + 1 - first));
  block.fill(0);
  for (let i = 0; i < inFile; i++) {
    const count = counts.at(first + i);
    if (count !== 0) setRefcount(block, refcountOrder, i, Math.min(count, most));
  }
}

/** Writes the blocks that hold wrong counts: where all blocks are sound. */
export function* mendCounts(survey: Survey): Steps<boolean> {
  const { blocks, geometry, file } = survey;
  const { clusterSize } = geometry;
  const block = new Uint8Array(clusterSize);
  for (const place of blocks.wrong) {
    fillBlock(survey, block, blocks.indexes[place]!);
    yield* wait(file.write(block, blocks.clusters[place]! * clusterSize));
  }
  if (blocks.wrong.length === 0) return false;
  yield* wait(file.flush());
  return true;
}
