import { wait, type Steps } from '@q/block';
import { AUTOCLEAR_BITMAPS, featuresOf, INCOMPATIBLE_CORRUPT, INCOMPATIBLE_DIRTY } from '@q/format';
import { append } from './append.ts';
import type { Survey } from './survey.ts';

/** Byte offsets of header fields that are written on their own. */
const SNAPSHOTS_AT = 60;
const INCOMPATIBLE_AT = 72;
const AUTOCLEAR_AT = 88;

/** Writes a field of feature bits, durably. */
function* writeFeatures(survey: Survey, at: number, bits: bigint): Steps<void> {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, bits);
  yield* wait(survey.file.write(bytes, at));
  yield* wait(survey.file.flush());
}

/** Says in the image that its refcounts may be wrong, before they are. (Version 2 cannot say it.) */
export function* markDirty(survey: Survey): Steps<void> {
  const { header } = survey.cluster;
  const features = featuresOf(header, 'incompatible');
  if (header.version === 2 || (features & INCOMPATIBLE_DIRTY) !== 0n) return;
  yield* writeFeatures(survey, INCOMPATIBLE_AT, features | INCOMPATIBLE_DIRTY);
}

/** Clears the dirty bit and the corrupt bit of an image that has been found clean. @returns whether one was set */
export function* clearMarks(survey: Survey): Steps<boolean> {
  const features = featuresOf(survey.cluster.header, 'incompatible');
  const kept = features & ~(INCOMPATIBLE_DIRTY | INCOMPATIBLE_CORRUPT);
  if (kept === features) return false;
  yield* wait(survey.file.flush());
  yield* writeFeatures(survey, INCOMPATIBLE_AT, kept);
  return true;
}

/** Gives up bitmaps that cannot be read: they are a record of changes, and a program that misses them copies everything. */
export function* mendBitmaps(survey: Survey): Steps<boolean> {
  const { findings, cluster } = survey;
  const damaged = findings.count(
    'bitmap-directory-unreadable',
    'bitmap-table-out-of-file',
    'bitmap-entry-invalid',
  );
  if (damaged === 0) return false;
  const features = featuresOf(cluster.header, 'autoclear');
  yield* writeFeatures(survey, AUTOCLEAR_AT, features & ~AUTOCLEAR_BITMAPS);
  return true;
}

/** Writes the snapshots that can be read into a new table, where some cannot. Their bytes stay as they are. */
export function* mendSnapshotTable(survey: Survey): Steps<boolean> {
  const { file, findings, snapshots } = survey;
  if (findings.count('snapshot-unreadable', 'snapshot-table-short') === 0) return false;
  const good = snapshots.filter(({ snapshot }) => snapshot !== undefined);
  let length = 0;
  for (const { bytes } of good) length += Math.ceil(bytes.length / 8) * 8;
  const table = new Uint8Array(length);
  let at = 0;
  for (const { bytes } of good) {
    table.set(bytes, at);
    at += Math.ceil(bytes.length / 8) * 8;
  }
  const offset = length === 0 ? 0 : yield* append(survey, table);
  yield* wait(file.flush());
  const fields = new Uint8Array(12);
  const view = new DataView(fields.buffer);
  view.setUint32(0, good.length);
  view.setBigUint64(4, BigInt(offset));
  yield* wait(file.write(fields, SNAPSHOTS_AT));
  yield* wait(file.flush());
  return true;
}
