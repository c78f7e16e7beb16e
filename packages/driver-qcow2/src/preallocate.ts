// Giving the disk its host clusters before anybody writes. Each L2 table is made as a whole, with its clusters behind it, and nothing names it before all are there.
import { readPadded, wait, type Steps } from '@q/block';
import { entryHi, entryLo, L2_UNALLOCATED, l2Kind } from '@q/format';
import { setDirty } from './header-flags.ts';
import { writeData } from './encryption/data.ts';
import type { State } from './state.ts';
import { takeClusters } from './take-clusters.ts';

/**
 * What a disk is given in advance. `metadata`: host clusters that nothing is written to, so that a file stays sparse. `falloc` and `full`: the same, filled with zeroes,
 * so that space in the file system is taken.
 */
export type Preallocation = 'off' | 'metadata' | 'falloc' | 'full';

/** Most zero bytes written at once. */
const ZERO_BYTES = 2 ** 20;

/**
 * Gives host clusters to all of `[from, to)` that is not mapped; `from` is a cluster boundary. The caller holds the image lock, with nothing in flight, and commits after.
 */
export function* preallocate(
  state: State,
  from: number,
  to: number,
  mode: Exclude<Preallocation, 'off'>,
): Steps<void> {
  const { file, data } = state;
  if (state.lazyRefcounts) yield* setDirty(state, true);
  let end = 0;
  for (let at = from; at < to; at = state.l1End(at)) {
    end = Math.max(end, yield* fillTable(state, at, Math.min(to, state.l1End(at)), mode));
  }
  if (data !== file) {
    if (data.size < to) yield* wait(data.resize(to));
  } else if (file.size < end) yield* wait(file.resize(end));
}

/** Makes a table with clusters for `[from, to)`, in place of the one that is there. @returns the host offset behind the last cluster */
function* fillTable(
  state: State,
  from: number,
  to: number,
  mode: Exclude<Preallocation, 'off'>,
): Steps<number> {
  const { clusterSize, l1, l2, file, data, geometry } = state;
  const { l1Span, l2EntrySize, l2Rules } = geometry;
  const index = Math.floor(from / l1Span);
  const old = state.tableOf(from);
  const offset = (yield* takeClusters(state, 1)).first * clusterSize;
  const bytes = new Uint8Array(clusterSize);
  const view = new DataView(bytes.buffer);
  if (old !== 0) {
    yield* wait(readPadded(file, bytes, old));
    l2.overlay(old, bytes);
  }
  const isFree = (guest: number): boolean => {
    const entry = ((guest % l1Span) / clusterSize) * l2EntrySize;
    const kind = l2Kind(view.getUint32(entry), view.getUint32(entry + 4), l2Rules);
    return guest < to && kind === L2_UNALLOCATED;
  };
  let end = offset + clusterSize;
  for (let at = from; at < to;) {
    let stop = at;
    while (stop < to && isFree(stop)) stop += clusterSize;
    if (stop === at) {
      at += clusterSize;
      continue;
    }
    const { size } = file;
    const host = yield* takeRun(state, at, (stop - at) / clusterSize);
    for (let i = 0; i < host.count; i++) {
      const entry = ((at % l1Span) / clusterSize + i) * l2EntrySize;
      view.setUint32(entry, entryHi(host.offset + i * clusterSize, true));
      view.setUint32(entry + 4, entryLo(host.offset + i * clusterSize));
    }
    const length = host.count * clusterSize;
    // What lies past the end of a file reads as zeroes; other clusters have been something before.
    const fresh = data === file ? host.offset >= size : data.growable === true;
    if (mode !== 'metadata' || !fresh) {
      yield* writeZeros(state, host.offset, at, Math.min(length, to - at));
    }
    end = Math.max(end, host.offset + length);
    at += length;
  }
  yield* wait(file.write(bytes, offset));
  l1.tables[index] = offset;
  l1.copied[index] = 1;
  state.dirtyL1.add(index);
  state.metadata.add(offset, clusterSize);
  if (old !== 0) state.frees.add(old / clusterSize, 1);
  return end;
}

/** Up to `count` host clusters for the guest clusters from `guest` on. External data lies at the guest's own offset. */
function* takeRun(
  state: State,
  guest: number,
  count: number,
): Steps<{ offset: number; count: number }> {
  if (state.data !== state.file) return { offset: guest, count };
  const range = yield* takeClusters(state, count);
  return { offset: range.first * state.clusterSize, count: range.count };
}

function* writeZeros(state: State, host: number, guest: number, length: number): Steps<void> {
  for (let at = 0; at < length; at += ZERO_BYTES) {
    const zeros = new Uint8Array(Math.min(ZERO_BYTES, length - at));
    yield* wait(writeData(state, zeros, host + at, guest + at));
  }
}
