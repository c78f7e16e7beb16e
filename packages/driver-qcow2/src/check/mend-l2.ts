import { readPadded, wait, type Steps } from '@q/block';
import {
  compressedHi,
  compressedLengthOf,
  compressedLimit,
  compressedOffsetOf,
  compressedSectorsOf,
  COMPRESSED_SECTOR,
  ENTRY_COPIED_HI,
  entryHi,
  entryLo,
  hostOffsetOf,
  isCopied,
  L2_COMPRESSED_HI,
  L2_RESERVED_HI,
  L2_RESERVED_LO,
  L2_ZERO_LO,
} from '@q/format';
import { append } from './append.ts';
import { adoptOrphan } from './stored-count.ts';
import type { Survey } from './survey.ts';
import { writeSectors } from './write-sectors.ts';

/** Mends the entries of all L2 tables in which the survey found damage. @returns whether something was written */
export function* mendL2(survey: Survey): Steps<boolean> {
  const { file, geometry, damagedTables, l1, tables } = survey;
  const { clusterSize, l2EntrySize, l1Span } = geometry;
  const before = new Uint8Array(clusterSize);
  let wrote = false;
  for (const table of damagedTables) {
    yield* wait(readPadded(file, before, table * clusterSize));
    const after = before.slice();
    const { size } = file;
    const view = new DataView(after.buffer);
    // Only with a data file, where each table has one user.
    const index = geometry.hasDataFile ? l1.tables.indexOf(table) : -1;
    const guest = index < 0 ? NaN : l1.indexes[index]! * l1Span;
    const active = tables.flagsAt(table) !== 0;
    for (let at = 0; at < clusterSize; at += l2EntrySize) {
      const place = guest + (at / l2EntrySize) * clusterSize;
      if ((view.getUint32(at) & L2_COMPRESSED_HI) !== 0) {
        yield* mendCompressed(survey, view, at, active);
      } else yield* mendStandard(survey, view, at, place, active);
    }
    // What was appended is durable before an entry names it.
    if (file.size !== size) yield* wait(file.flush());
    if (yield* writeSectors(file, before, after, table * clusterSize)) wrote = true;
  }
  return wrote;
}

function put(view: DataView, at: number, hi: number, lo: number): void {
  view.setUint32(at, hi);
  view.setUint32(at + 4, lo);
}

/** The cluster reads as zeros from now on: what it held is lost, and what a backing file has there is older. */
function* putZeros(survey: Survey, view: DataView, at: number, active: boolean): Steps<void> {
  const { geometry, cluster } = survey;
  if (geometry.extendedL2) {
    put(view, at, 0, 0);
    put(view, at + 8, 0xffffffff, 0);
  } else if (geometry.version === 3) put(view, at, 0, L2_ZERO_LO);
  else if (cluster.backingFile === undefined) put(view, at, 0, 0);
  else {
    // Version 2 has no zero flag.
    const offset = yield* append(survey, new Uint8Array(geometry.clusterSize));
    put(view, at, entryHi(offset, active), entryLo(offset));
  }
}

function* mendCompressed(survey: Survey, view: DataView, at: number, active: boolean): Steps<void> {
  const { geometry, clusters, file } = survey;
  const { clusterBits, clusterSize, hasDataFile, extendedL2 } = geometry;
  const hi = (view.getUint32(at) & ~ENTRY_COPIED_HI) >>> 0;
  const lo = view.getUint32(at + 4);
  const offset = compressedOffsetOf(hi, lo, clusterBits);
  const inFile = offset > 0 && offset < compressedLimit(clusterBits) && offset < file.size;
  if (hasDataFile || !inFile) return yield* putZeros(survey, view, at, active);
  if (extendedL2) put(view, at + 8, 0, 0);
  const sectors = compressedSectorsOf(hi, clusterBits) + 1;
  const end = (Math.floor(offset / COMPRESSED_SECTOR) + sectors) * COMPRESSED_SECTOR;
  if (!survey.isOutside(end)) return put(view, at, hi, lo);
  // The stream starts in the file, so the length is wrong: what is in the file may well be all of it.
  const length = Math.min(compressedLengthOf(hi, lo, clusterBits), clusters * clusterSize - offset);
  put(view, at, compressedHi(offset, length, clusterBits), lo);
}

function* mendStandard(
  survey: Survey,
  view: DataView,
  at: number,
  guest: number,
  active: boolean,
): Steps<void> {
  const { geometry, clusters } = survey;
  const { clusterSize, hasDataFile, extendedL2, version } = geometry;
  const zeroFlag = version === 3 && !extendedL2 ? 0 : L2_ZERO_LO;
  const hi = (view.getUint32(at) & ~L2_RESERVED_HI) >>> 0;
  const lo = (view.getUint32(at + 4) & ~(L2_RESERVED_LO | zeroFlag)) >>> 0;
  const copied = isCopied(hi);
  let offset = hostOffsetOf(hi, lo);
  const placed = offset !== 0 || (hasDataFile && copied);
  if (placed && hasDataFile && !Number.isNaN(guest)) offset = guest;
  if (offset % clusterSize !== 0) {
    const orphan = yield* adoptOrphan(survey, offset);
    if (orphan < 0) return yield* putZeros(survey, view, at, active);
    offset = orphan * clusterSize;
  }
  if (!hasDataFile && offset >= clusters * clusterSize) {
    return yield* putZeros(survey, view, at, active);
  }
  if (extendedL2) {
    const zero = view.getUint32(at + 8);
    const allocated = view.getUint32(at + 12);
    // What is stored wins over zeros; what would be stored nowhere is zeros.
    if (placed) put(view, at + 8, (zero & ~allocated) >>> 0, allocated);
    else put(view, at + 8, (zero | allocated) >>> 0, 0);
  }
  put(view, at, entryHi(offset, copied), entryLo(offset) + (lo & L2_ZERO_LO));
}
