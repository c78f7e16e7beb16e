import { ImageError, wait, type BlockDevice, type Steps } from '@q/block';
import { isL1Lost } from './lost-l1.ts';
import { lowerCounts } from './lower-counts.ts';
import { mendCounts } from './mend-counts.ts';
import { mendFlags } from './mend-flags.ts';
import { clearMarks, markDirty, mendBitmaps, mendSnapshotTable } from './mend-header.ts';
import { dropImpostors, extendFile, mendL1 } from './mend-l1.ts';
import { mendL2 } from './mend-l2.ts';
import { moveSnapshotL1s } from './move-l1.ts';
import { mustRebuild, rebuildCounts } from './rebuild-counts.ts';
import { separate } from './separate.ts';
import { survey, type Survey, type SurveyOptions } from './survey.ts';

/** A repair that makes one more thing right each time ends long before; one that does not, ends here. */
const MOST_ROUNDS = 12;

/**
 * Mends all that can be mended, in this order: what names clusters (header, L1, L2), so that the counts that follow from it are final; then
 * the refcounts; then the flags that follow from these. Each step is durable before the next, and the image is marked dirty from the
 * first to the last: wherever a power cut ends a repair, the next one goes on.
 *
 * @returns the survey of the result
 */
export function* repairAll(
  file: BlockDevice,
  first: Survey,
  options: SurveyOptions,
): Steps<Survey> {
  let found = first;
  if (found.findings.corruptions + found.findings.leaks > 0) {
    requireWritable(file);
    yield* markDirty(found);
    // The second time for mappings that shared clusters with refcounts, which are elsewhere after the first.
    for (let time = 0; time < 2 && !isSound(found); time++) {
      for (let round = 0; round < MOST_ROUNDS && (yield* mendMapping(found)); round++) {
        yield* wait(file.flush());
        found = yield* survey(file, options);
      }
      found = yield* recount(file, found, options);
    }
  }
  return yield* finish(file, found, options);
}

/** One step towards a sound mapping. @returns whether something was changed, so that the image must be looked at again */
function* mendMapping(found: Survey): Steps<boolean> {
  return (
    (yield* mendSnapshotTable(found)) ||
    (yield* mendBitmaps(found)) ||
    (yield* extendFile(found)) ||
    (!isL1Lost(found) && (yield* mendTables(found)))
  );
}

/** One step towards sound L1 and L2 tables. */
function* mendTables(found: Survey): Steps<boolean> {
  return (
    // What shares a cluster is taken apart before entries are mended: mending what is no table would destroy what it is.
    (yield* moveSnapshotL1s(found)) ||
    (yield* dropImpostors(found)) ||
    (yield* separate(found)) ||
    (yield* mendL1(found)) ||
    (yield* mendL2(found))
  );
}

/** Makes refcounts and flags what the mapping demands. @returns the survey of the result */
function* recount(file: BlockDevice, found: Survey, options: SurveyOptions): Steps<Survey> {
  if (hidesClusters(found)) return found;
  if (mustRebuild(found)) yield* rebuildCounts(found);
  else yield* mendCounts(found);
  yield* mendFlags(found, true);
  return yield* survey(file, options);
}

/** Clears the dirty bit and the corrupt bit when nothing is wrong any more. */
function* finish(file: BlockDevice, found: Survey, options: SurveyOptions): Steps<Survey> {
  const { findings, checkErrors } = found;
  if (findings.corruptions + checkErrors > 0) return found;
  if (findings.count('dirty', 'marked-corrupt') === 0) return found;
  requireWritable(file);
  return (yield* clearMarks(found)) ? yield* survey(file, options) : found;
}

/**
 * Gives back what is counted and not used. Where damage may hide who uses a cluster, or counts cannot be changed in place, nothing is done.
 * @returns the survey of the result
 */
export function* repairLeaks(
  file: BlockDevice,
  found: Survey,
  options: SurveyOptions,
): Steps<Survey> {
  if (found.findings.leaks === 0) return found;
  if (hidesClusters(found) || mustRebuild(found) || namesNowhere(found)) return found;
  requireWritable(file);
  const { findings } = found;
  yield* lowerCounts(found);
  if (findings.count('refcount-too-low') === 0) yield* mendFlags(found, false);
  return yield* survey(file, options);
}

/**
 * Counts anew what an image that was not closed names, for a driver that is about to write to it: the refcounts that lazy refcounts left
 * stale. Does not touch the mapping.
 *
 * @throws ImageError `corrupt` for damage other than stale counts
 */
export function* recountDirty(file: BlockDevice, options: SurveyOptions): Steps<void> {
  const first = yield* survey(file, options);
  const found = isSound(first) ? first : yield* recount(file, first, options);
  if (isSound(found)) {
    yield* clearMarks(found);
    return;
  }
  const { kept } = found.findings;
  const worst = kept.find(({ severity }) => severity === 'corruption');
  throw new ImageError(
    'corrupt',
    `The image was not closed, and is damaged (${worst?.code ?? 'unreadable'}). Repair it before writing.`,
    { offset: worst?.offset, subject: worst?.code, found: worst?.found, expected: worst?.expected },
  );
}

const isSound = (found: Survey): boolean =>
  found.findings.corruptions + found.findings.leaks + found.checkErrors === 0;

/** Whether tables could not be found or read: what they name looks free, and is not. */
function hidesClusters(found: Survey): boolean {
  const { findings, unreadableTables } = found;
  return unreadableTables || isL1Lost(found) || findings.count('too-many-references') > 0;
}

/** Whether entries name no cluster: the one they meant looks free, and repair `all` may find it. */
function namesNowhere(found: Survey): boolean {
  return (
    found.damagedTables.length > 0 ||
    found.damagedL1Entries.length > 0 ||
    found.findings.count(
      'snapshot-unreadable',
      'snapshot-table-short',
      'bitmap-directory-unreadable',
      'bitmap-table-out-of-file',
      'bitmap-entry-invalid',
    ) > 0
  );
}

function requireWritable(file: BlockDevice): void {
  if (file.readOnly) {
    throw new ImageError(
      'read-only',
      'The file of the image is open for reading only: a repair writes to it.',
    );
  }
}
