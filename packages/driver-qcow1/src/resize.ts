// Changing the size. The header's sector says both the size and where the L1 table is, so one write of it is the change; everything it needs is durable before.
//
// Growing: a larger L1 table goes to the end of the file (still with the old size, which it serves as well); what the new bytes would show of a longer backing device, of the rest
// of the last cluster or of an earlier, larger disk is zeroed; then the header is written. QEMU cannot resize these images at all.
import { run, wait, type Steps } from '@q/block';
import type { FormatLimits } from '@q/format';
import {
  qcow1GeometryOf,
  qcow1L1Entries,
  serializeQcow1Header,
  type Qcow1Header,
} from '@q/format/qcow1';
import { commit, flushSteps } from './commit.ts';
import { L1Table } from './l1-table.ts';
import { changeEntries } from './link.ts';
import type { State } from './state.ts';
import { zeroSteps } from './zero.ts';

/** Changes the size to `size` bytes, a multiple of 512 above 0. One after the other. */
export function* resizeSteps(
  state: State,
  size: number,
  limits: Partial<FormatLimits> | undefined,
): Steps<void> {
  if (!Number.isSafeInteger(size) || size <= 0 || size % 512 !== 0) {
    throw new RangeError(`the size is a multiple of 512 above 0, not ${size}`);
  }
  // Throws for what the format or the limits forbid, before anything changes.
  serializeQcow1Header({ ...state.header, size }, limits === undefined ? {} : { limits });
  if (size < state.size) yield* shrink(state, size);
  else if (size > state.size) yield* grow(state, size);
}

function* shrink(state: State, size: number): Steps<void> {
  yield* wait(
    state.inFlight.quiesce(state.lock, async () => {
      await state.requests.settled();
      await run(commit(state));
      await run(writeHeader(state, { ...state.header, size }));
      const entries = state.geometry.l1Entries;
      const { tables } = state.l1;
      await state.l2.dropRange(entries * state.l2Bytes, (tables.length - entries) * state.l2Bytes);
      state.l1 = new L1Table(state.l1.offset, tables.slice(0, entries));
      state.size = size;
    }),
  );
}

function* grow(state: State, size: number): Steps<void> {
  const old = state.size;
  const entries = qcow1L1Entries({ ...state.header, size });
  yield* wait(
    state.inFlight.quiesce(state.lock, async () => {
      await run(unmapBehind(state, old));
      await run(commit(state));
      if (entries > state.l1.tables.length) await run(moveL1(state, entries));
    }),
  );
  const clusterEnd = Math.ceil(old / state.clusterSize) * state.clusterSize;
  const shown = Math.min(size, Math.max(clusterEnd, state.backing?.size ?? 0));
  yield* zeroSteps(state, old, shown, {});
  yield* flushSteps(state);
  yield* writeHeader(state, { ...state.header, size });
  state.size = size;
}

/** Forgets what L2 tables map behind the end of the disk: left by a shrink, or by a careless writer. */
function* unmapBehind(state: State, size: number): Steps<void> {
  const { l1Span } = state.geometry;
  const end = state.l1.tables.length * l1Span;
  let at = Math.ceil(size / state.clusterSize) * state.clusterSize;
  for (; at < end; at = state.tableEnd(at)) {
    if (state.tableOf(at) === 0) continue;
    const words = ((state.tableEnd(at) - at) / state.clusterSize) * 2;
    yield* changeEntries(state, at, (view, entry) => {
      for (let i = 0; i < words; i++) view.setUint32(entry + i * 4, 0);
    });
  }
}

/** Writes the L1 table anew at the end of the file, with room for `entries` entries, and has the header name it. */
function* moveL1(state: State, entries: number): Steps<void> {
  const tables = new Float64Array(entries);
  tables.set(state.l1.tables);
  const bytes = entries * 8;
  const offset = state.space.take(bytes, state.clusterSize);
  const l1 = new L1Table(offset, tables);
  try {
    yield* wait(state.file.write(l1.bytesOf(0, entries), offset));
    yield* wait(state.file.flush());
  } catch (error) {
    state.space.giveBack(offset, bytes);
    throw error;
  }
  state.areas.add(offset, offset + bytes);
  // From here on the header may name either table, so both must say the same until it is durable: the lock is held.
  yield* writeHeader(state, { ...state.header, l1TableOffset: offset });
  state.l1 = l1;
}

function* writeHeader(state: State, header: Qcow1Header): Steps<void> {
  // What is opened was within the limits that the caller chose; those were checked above.
  const bytes = serializeQcow1Header(header, { limits: UNLIMITED });
  yield* wait(state.file.write(bytes, 0));
  yield* wait(state.file.flush());
  state.header = header;
  state.geometry = qcow1GeometryOf(header);
}

const UNLIMITED: Partial<FormatLimits> = {
  l1Bytes: Number.MAX_SAFE_INTEGER,
  backingNameBytes: Number.MAX_SAFE_INTEGER,
};
