import { L2_COMPRESSED, SUBCLUSTERS } from '@q/format';
import type { CowAllocation } from './cow-source.ts';
import type { State } from './state.ts';

/**
 * Subclusters of an allocation with an extended entry that nobody has written and that need not move: their bits stay as they are. A bit each.
 * Data in another host cluster must move, and so must all of a compressed cluster.
 */
export function untouchedSubclusters(state: State, allocation: CowAllocation): number {
  const { tag, guest, holes } = allocation;
  const { subclusterSize } = state.geometry;
  if (tag.kind === L2_COMPRESSED) return 0;
  let untouched = 0;
  for (let sub = 0; sub < SUBCLUSTERS; sub++) {
    const start = guest + sub * subclusterSize;
    const mustMove = !tag.kept && ((tag.allocated >>> sub) & 1) === 1;
    if (mustMove || !holes.has(start) || holes.nextEdge(start) < start + subclusterSize) continue;
    untouched |= 1 << sub;
  }
  return untouched;
}
