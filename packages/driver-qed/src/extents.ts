// What a range is made of. Reads slices past the cache: a map of a large disk would throw out everything a running guest needs.
import { readPadded, type BlockDevice, type Extent } from '@q/block';
import { ENTRY_DATA, ENTRY_UNALLOCATED } from '@q/qed';
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
  const bytes = new Uint8Array(state.slices.bytes);
  const view = new DataView(bytes.buffer);
  const run = new Run();
  // What was acknowledged is to be in the tables.
  await state.inFlight.finishRange(from, to);
  for (let at = from; at < to;) {
    const table = state.tableOf(at);
    if (table === 0) {
      const end = Math.min(to, state.tableEnd(at));
      yield* below(state.backing, at, end);
      at = end;
      continue;
    }
    const end = Math.min(to, state.sliceEnd(at));
    const slice = state.sliceOffset(table, at);
    await readSlice(state, slice, bytes);
    for (; at < end; at += run.length) {
      mapRun(state, view, 0, at, end, run);
      if (run.kind === ENTRY_UNALLOCATED) yield* below(state.backing, at, at + run.length);
      else yield extentOf(run, at);
    }
  }
}

/** Reads a slice as it is now: again, when one was written meanwhile and is perhaps neither in what was read nor in memory any more. */
async function readSlice({ file, l2 }: State, slice: number, bytes: Uint8Array): Promise<void> {
  let writes: number;
  do {
    writes = l2.stats.writeBacks;
    await readPadded(file, bytes, slice);
    l2.overlay(slice, bytes);
  } while (l2.stats.writeBacks !== writes);
}

function extentOf({ kind, length, host }: Run, offset: number): Extent {
  if (kind === ENTRY_DATA) return { offset, length, kind: 'data', depth: 0, hostOffset: host };
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
