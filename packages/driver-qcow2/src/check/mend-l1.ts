import { readPadded, wait, type Steps } from '@q/block';
import {
  entryHi,
  entryLo,
  hostOffsetOf,
  isCopied,
  L1_RESERVED_HI,
  L1_RESERVED_LO,
} from '@q/format';
import { readPieces } from './read-pieces.ts';
import { Spans } from './spans.ts';
import { adoptOrphan } from './stored-count.ts';
import type { Survey } from './survey.ts';

/** Mends entries of L1 tables, active and of snapshots, that no image may have. @returns whether something was written */
export function* mendL1(survey: Survey): Steps<boolean> {
  let wrote = false;
  for (const at of survey.damagedL1Entries) {
    if (!isOwn(survey, at)) continue;
    yield* mendEntry(survey, at);
    wrote = true;
  }
  return wrote;
}

/** Whether an L1 entry may be written where it stands: in the active table, or in a cluster that only one snapshot has. */
function isOwn(survey: Survey, at: number): boolean {
  const { l1TableOffset, l1Size } = survey.cluster.header;
  if (at >= l1TableOffset && at < l1TableOffset + l1Size * 8) return true;
  return survey.counts.at(Math.floor(at / survey.geometry.clusterSize)) === 1;
}

/** Where the file was cut inside of an L1 table: the rest of the table is empty. What is wholly behind the file cannot be mended. */
export function* extendFile(survey: Survey): Steps<boolean> {
  const { file, cluster, snapshots } = survey;
  const { l1TableOffset, l1Size } = cluster.header;
  const list = [{ l1TableOffset, l1Size }];
  for (const { snapshot } of snapshots) if (snapshot !== undefined) list.push(snapshot);
  let size = file.size;
  for (const table of list) {
    const end = table.l1TableOffset + table.l1Size * 8;
    if (table.l1TableOffset < file.size && survey.isOutside(end)) size = Math.max(size, end);
  }
  if (size === file.size) return false;
  yield* wait(file.writeZeroes(file.size, size - file.size));
  return true;
}

function* readEntry(survey: Survey, at: number): Steps<DataView> {
  const bytes = new Uint8Array(8);
  yield* wait(readPadded(survey.file, bytes, at));
  return new DataView(bytes.buffer);
}

function* writeEntry(survey: Survey, at: number, hi: number, lo: number): Steps<void> {
  const bytes = new Uint8Array(8);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, hi);
  view.setUint32(4, lo);
  yield* wait(survey.file.write(bytes, at));
}

function* mendEntry(survey: Survey, at: number): Steps<void> {
  const view = yield* readEntry(survey, at);
  const hi = view.getUint32(0);
  const lo = view.getUint32(4);
  const { clusterSize } = survey.geometry;
  const offset = hostOffsetOf(hi, lo);
  if (offset % clusterSize !== 0) {
    const table = yield* adoptOrphan(survey, offset);
    if (table < 0) yield* writeEntry(survey, at, 0, 0);
    else
      yield* writeEntry(
        survey,
        at,
        entryHi(table * clusterSize, isCopied(hi)),
        entryLo(table * clusterSize),
      );
  } else if (offset / clusterSize >= survey.clusters) yield* writeEntry(survey, at, 0, 0);
  else yield* writeEntry(survey, at, (hi & ~L1_RESERVED_HI) >>> 0, (lo & ~L1_RESERVED_LO) >>> 0);
}

/**
 * Unmaps what is no L2 table but other metadata: mending its entries would destroy that. (Where it is the L1 table of a snapshot, that one is moved
 * out of the way instead: either of the two may be the one that is wrong.) A refcount block is taken for an L2 table
 * all the same when its entries could be those of one: then it is the refcount table that is wrong.
 */
export function* dropImpostors(survey: Survey): Steps<boolean> {
  const { metadata, tables, cluster, snapshots } = survey;
  const impostors = new Set<number>();
  for (const { start, end } of metadata) {
    for (let at = tables.nextUsed(start); at < end; at = tables.nextUsed(at + 1)) impostors.add(at);
  }
  const blocks = new Set(survey.blocks.clusters);
  for (const table of survey.damagedTables) if (blocks.has(table)) impostors.add(table);
  if (impostors.size === 0) return false;
  const spans = new Spans();
  const { l1TableOffset, l1Size } = cluster.header;
  spans.add(l1TableOffset, l1TableOffset + l1Size * 8);
  for (const { snapshot } of snapshots) {
    if (snapshot === undefined) continue;
    spans.add(snapshot.l1TableOffset, snapshot.l1TableOffset + snapshot.l1Size * 8);
  }
  const found: number[] = [];
  yield* readPieces(survey, spans.pieces(), (view, at, length) => {
    for (let i = 0; i + 8 <= length; i += 8) {
      const offset = hostOffsetOf(view.getUint32(i), view.getUint32(i + 4));
      if (impostors.has(offset / survey.geometry.clusterSize)) found.push(at + i);
    }
  });
  const own = found.filter((at) => isOwn(survey, at));
  for (const at of own) yield* writeEntry(survey, at, 0, 0);
  return own.length > 0;
}
