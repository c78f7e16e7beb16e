import type { Steps } from '@q/block';
import { countEntries, type CountedTable } from './count-entries.ts';
import { readTables } from './read-tables.ts';
import type { Survey } from './survey.ts';

/** Counts what L2 tables name. A table that several L1 entries share is read once, and counts for each of them. */
export function* countTables(survey: Survey): Steps<void> {
  const { tables, geometry, l1, progress } = survey;
  const { clusterSize, l1Span, hasDataFile } = geometry;
  const { l2Tables: list } = survey;
  progress.expect(list.length);
  // In a data file a cluster's place follows from the guest offset, which the first L1 entry tells.
  const firstEntry = new Map<number, number>();
  if (hasDataFile) {
    for (let i = l1.tables.length - 1; i >= 0; i--) firstEntry.set(l1.tables[i]!, l1.indexes[i]!);
  }
  const places = {
    count: list.length,
    bytes: clusterSize,
    offsetOf: (index: number) => list[index]! * clusterSize,
  };
  const counted: CountedTable = { offset: 0, multiplicity: 0, active: false, guest: -1 };
  yield* readTables(
    survey.file,
    places,
    (index, _, view, base) => {
      const table = list[index]!;
      counted.offset = table * clusterSize;
      counted.multiplicity = tables.at(table);
      counted.active = tables.flagsAt(table) !== 0;
      counted.guest = (firstEntry.get(table) ?? NaN) * l1Span;
      countEntries(survey, view, base, counted);
      progress.step();
    },
    (index) => survey.unreadable(list[index]! * clusterSize, true),
  );
}
