import { readPadded, wait, type Steps } from '@q/block';
import { ENTRY_COPIED_HI } from '@q/format';
import { forEachWrongFlag } from './compare-flags.ts';
import { COPIED, UNCOPIED } from './counts.ts';
import type { Survey } from './survey.ts';
import { writeSectors } from './write-sectors.ts';

/**
 * Gives the entries of the active L1 and L2 tables the COPIED flag that the counts demand, once these are on disk as they were counted.
 *
 * @param clear also clear flags; a repair of leaks only sets them
 * @returns whether something was written
 */
export function* mendFlags(survey: Survey, clear: boolean): Steps<boolean> {
  const { file, counts, l1, tables, geometry, cluster, clusters } = survey;
  const { clusterSize } = geometry;
  for (let at = counts.nextUsed(0); at <= clusters; at = counts.nextUsed(at + 1)) {
    counts.setFlags(at, counts.at(at) === 1 ? COPIED : UNCOPIED);
  }
  let wrote = false;
  const before = new Uint8Array(clusterSize);
  for (const table of survey.l2Tables) {
    if (tables.flagsAt(table) === 0) continue;
    yield* wait(readPadded(file, before, table * clusterSize));
    const after = before.slice();
    const view = new DataView(after.buffer);
    forEachWrongFlag(survey, view, 0, (at, copied) => {
      if (!copied || clear) view.setUint32(at, (view.getUint32(at) ^ ENTRY_COPIED_HI) >>> 0);
    });
    if (yield* writeSectors(file, before, after, table * clusterSize)) wrote = true;
  }
  const entry = new Uint8Array(8);
  const view = new DataView(entry.buffer);
  for (const [i, table] of l1.tables.entries()) {
    const copied = l1.copied[i]!;
    if (copied === (counts.at(table) === 1) || (copied && !clear)) continue;
    const at = cluster.header.l1TableOffset + l1.indexes[i]! * 8;
    yield* wait(readPadded(file, entry, at));
    view.setUint32(0, (view.getUint32(0) ^ ENTRY_COPIED_HI) >>> 0);
    yield* wait(file.write(entry, at));
    wrote = true;
  }
  if (wrote) yield* wait(file.flush());
  return wrote;
}
