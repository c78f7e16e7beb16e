// What a range is made of. Goes over whole L2 tables, read at once, and never through the cache: a map of a large disk would throw out
// everything a running guest needs.
import { readPadded, type BlockDevice, type Extent } from '@q/block';
import { L2_COMPRESSED, L2_DATA, L2_UNALLOCATED, L2_ZERO, L2_ZERO_ALLOCATED } from '@q/format';
import { mapRun, Run } from './mapping.ts';
import type { State } from './state.ts';

/** The extents of `[offset, offset + length)`, neighbours that belong together joined. */
export async function* extentsOf(
  state: State,
  offset: number,
  length: number,
): AsyncGenerator<Extent> {
  let last: Extent | undefined;
  for await (const extent of pieces(state, offset, offset + length)) {
    if (last !== undefined && continues(last, extent)) {
      last = { ...last, length: last.length + extent.length };
    } else {
      if (last !== undefined) yield last;
      last = extent;
    }
  }
  if (last !== undefined) yield last;
}

function continues(last: Extent, next: Extent): boolean {
  if (last.kind !== next.kind || last.depth !== next.depth) return false;
  if (last.compressed !== next.compressed) return false;
  if (last.hostOffset === undefined) return next.hostOffset === undefined;
  return next.hostOffset === last.hostOffset + last.length;
}

async function* pieces(state: State, from: number, to: number): AsyncGenerator<Extent> {
  const bytes = new Uint8Array(state.clusterSize);
  const view = new DataView(bytes.buffer);
  const run = new Run();
  // What was acknowledged is to be in the tables.
  await state.inFlight.finishRange(from, to);
  let at = from;
  while (at < to) {
    const tableEnd = Math.min(to, state.l1End(at));
    const table = state.tableOf(at);
    if (table === 0) {
      yield* below(state.backing, at, tableEnd);
      at = tableEnd;
      continue;
    }
    await readTable(state, table, bytes);
    while (at < tableEnd) {
      const end = Math.min(tableEnd, state.sliceEnd(at));
      mapRun(state, view, state.sliceOffset(table, at) - table, at, end, run);
      if (run.kind === L2_UNALLOCATED) yield* below(state.backing, at, at + run.length);
      else yield extentOf(state, run, at);
      at += run.length;
    }
  }
}

/** Reads an L2 table as it is now: again, when a slice was written meanwhile and is perhaps neither in what was read nor in memory any more. */
async function readTable(state: State, table: number, bytes: Uint8Array): Promise<void> {
  let writes: number;
  do {
    writes = state.l2.stats.writeBacks;
    await readPadded(state.file, bytes, table);
    state.l2.overlay(table, bytes);
  } while (state.l2.stats.writeBacks !== writes);
}

function extentOf(state: State, run: Run, offset: number): Extent {
  const { length, kind } = run;
  if (kind === L2_DATA && state.encryption !== undefined) {
    return { offset, length, kind: 'data', depth: 0 };
  }
  if (kind === L2_DATA) return { offset, length, kind: 'data', depth: 0, hostOffset: run.host };
  if (kind === L2_COMPRESSED) return { offset, length, kind: 'data', depth: 0, compressed: true };
  if (kind === L2_ZERO_ALLOCATED) {
    return { offset, length, kind: 'zero', depth: 0, hostOffset: run.host };
  }
  if (kind !== L2_ZERO) throw new Error(`no extent for entry kind ${kind}`);
  return { offset, length, kind: 'zero', depth: 0 };
}

/** The backing device's extents, one level deeper. Past its end, or without one, there is nothing: a hole at depth 0. */
async function* below(
  backing: BlockDevice | undefined,
  from: number,
  to: number,
): AsyncGenerator<Extent> {
  const end = Math.min(to, backing?.size ?? 0);
  if (backing !== undefined && from < end) {
    for await (const extent of backing.extents(from, end - from)) {
      yield { ...extent, depth: extent.depth + 1 };
    }
    from = end;
  }
  if (from < to) yield { offset: from, length: to - from, kind: 'hole', depth: 0 };
}
